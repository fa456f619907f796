import { isFmgError, type NamedSecret } from "@fmg/core";
import {
  moveAttempt,
  ownerName,
  readKeyRing,
  recordUse,
  type AttemptContext,
  type KeyRing,
  type VariableOwner,
} from "@fmg/db";
import { freezeVariables, frozenVariables, openVariables } from "@fmg/db/unsealing";
import type { Services } from "../services.ts";
import { contextsFor, type AccessRefusal } from "./context-access.ts";
import { readSecrets } from "./read-secrets.ts";

/** What an attempt gets, weakest first, and from where. */
export interface Grant {
  readonly variables: readonly NamedSecret[];
  readonly from: readonly VariableOwner[];
}

type Keeper = Pick<Services, "db" | "settings" | "now">;

/** The owners whose variables an attempt may have, the project first; or why it may not start. Opens nothing. */
export function ownersFor({ db }: Keeper, attempt: AttemptContext): readonly VariableOwner[] | AccessRefusal {
  const contexts = contextsFor(db, attempt);
  if ("reason" in contexts) return contexts;
  if (attempt.pipeline.trust !== "own") return [];
  return [
    { kind: "project", row: attempt.project },
    ...contexts.map((row): VariableOwner => ({ kind: "context", row })),
  ];
}

/**
 * Opens what an attempt gets: the operator's file, then the project's variables, then those of its contexts in their order, each
 * stronger than the one before it (R-ENV-1). What cannot be read is a refusal too: no job runs with half of its secrets.
 */
export function openGrant(
  { db, settings }: Keeper,
  attempt: AttemptContext,
  owners: readonly VariableOwner[],
): Grant | AccessRefusal {
  try {
    const keys = keysOnce(settings);
    const trusted = attempt.pipeline.trust === "own";
    const ofFile = trusted && settings.secretsFile !== undefined ? readSecrets(settings.secretsFile) : [];
    const opened = owners.map((owner) => ({ owner, variables: openVariables(db, keys, owner) }));
    return {
      variables: [...ofFile, ...opened.flatMap(({ variables }) => variables)],
      from: opened.flatMap(({ owner, variables }) => (variables.length === 0 ? [] : [owner])),
    };
  } catch (error) {
    if (!isFmgError(error)) throw error;
    return { reason: "internal", message: error.message };
  }
}

/** Writes down who got what, and keeps it for a successor. Call it in the transaction that starts the attempt. (SEC-24) */
export function noteGrant(services: Keeper, attempt: AttemptContext, { variables, from }: Grant): void {
  const { db, settings } = services;
  for (const owner of from) use(services, attempt, "variables.use", ownerName(owner));
  if (variables.length === 0) return;
  freezeVariables(db, readKeyRing(settings.encryptionKey), attempt.attempt.id, variables);
}

/** Ends a queued attempt that may not start. Call it in a transaction. */
export function refuseAttempt(services: Keeper, attempt: AttemptContext, refusal: AccessRefusal): void {
  const { reason, message, context } = refusal;
  const move = { status: "error", reason, message, at: services.now() } as const;
  if (!moveAttempt(services.db, { attemptId: attempt.attempt.id }, "queued", move)) return;
  if (context !== undefined) use(services, attempt, "context.refuse", `context ${context}`);
}

/** What a running attempt was given when it started. */
export function variablesOf({ db, settings }: Keeper, attempt: AttemptContext): readonly NamedSecret[] {
  return frozenVariables(db, keysOnce(settings), attempt.attempt.id) ?? [];
}

function use(
  { db, now }: Keeper,
  { attempt, job, pipeline, project }: AttemptContext,
  action: string,
  target: string,
): void {
  const { ref, sender } = pipeline.event;
  const where = `${project.owner}/${project.name} ${ref.kind} ${ref.name}, by ${sender.login}`;
  const detail = `attempt ${attempt.id}: job ${job.name} of pipeline ${pipeline.id}, ${where}`;
  recordUse(db, { at: now(), action, target, detail });
}

/** The keys, read when they are first needed: an attempt without variables needs none. */
function keysOnce({ encryptionKey }: Keeper["settings"]): () => KeyRing {
  let ring: KeyRing | undefined;
  return () => (ring ??= readKeyRing(encryptionKey));
}
