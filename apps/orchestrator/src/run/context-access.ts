import type { Reason } from "@fmg/core";
import {
  findContext,
  listRestrictions,
  type AttemptContext,
  type ContextRow,
  type Db,
  type RestrictionRow,
} from "@fmg/db";
import { expressionHolds, nameMatches, type RestrictionValues } from "@fmg/parser";
import { valuesOfPipeline } from "../compile/values-of-pipeline.ts";

/** Why a job does not start. */
export interface AccessRefusal {
  /** The context that it may not use; undefined where it is not about one. */
  readonly context?: string;
  readonly reason: Reason;
  readonly message: string;
}

/** The name that always is a context, though maybe an empty one. (Section 5.6) */
const ALWAYS_THERE = "org-global";

/**
 * The contexts that an attempt asks for, in the job's order, or the first that it may not use. Asked when the attempt would start,
 * with the restrictions of that moment. (R-CTX-1, R-CTX-2)
 */
export function contextsFor(db: Db, attempt: AttemptContext): readonly ContextRow[] | AccessRefusal {
  const granted: ContextRow[] = [];
  for (const name of attempt.jobPlan.contexts) {
    const context = findContext(db, name);
    if (context === undefined && name === ALWAYS_THERE) continue;
    const refusal = refusalOf(db, attempt, name, context);
    if (refusal !== undefined) return { context: name, ...refusal };
    if (context !== undefined) granted.push(context);
  }
  return granted;
}

function refusalOf(
  db: Db,
  attempt: AttemptContext,
  name: string,
  context: ContextRow | undefined,
): AccessRefusal | undefined {
  // Before anything is told of what there is. (R-TRG-4, SEC-7)
  if (attempt.pipeline.trust !== "own") return unauthorized(name, "is not given to pull requests of forks");
  if (context === undefined) {
    const message = `The context "${name}" does not exist: fmg context create ${name}`;
    return { reason: "config_invalid", message };
  }
  const restrictions = listRestrictions(db, context);
  const why =
    wrongProject(restrictions, attempt) ?? wrongRef(restrictions, attempt) ?? failed(restrictions, attempt);
  return why === undefined ? undefined : unauthorized(name, why);
}

function unauthorized(name: string, why: string): AccessRefusal {
  return { reason: "unauthorized", message: `The context "${name}" ${why}.` };
}

/** Any of the projects will do; they are known by their uuids. */
function wrongProject(all: readonly RestrictionRow[], { project }: AttemptContext): string | undefined {
  const allowed = all.filter(({ kind }) => kind === "project");
  if (allowed.length === 0 || allowed.some(({ value }) => value === project.uuid)) return undefined;
  return `is for ${list("project", allowed)}, and this is ${project.owner}/${project.name}`;
}

/** Any of the branches and tags will do: a context that names branches alone is for no tag, and the other way round. */
function wrongRef(all: readonly RestrictionRow[], { pipeline }: AttemptContext): string | undefined {
  const { ref } = pipeline.event;
  const allowed = all.filter(({ kind }) => kind === "branch" || kind === "tag");
  if (allowed.length === 0) return undefined;
  if (allowed.some(({ kind, value }) => kind === ref.kind && nameMatches(value, ref.name))) return undefined;
  const told = (["branch", "tag"] as const).flatMap((kind) => {
    const ofKind = allowed.filter((restriction) => restriction.kind === kind);
    return ofKind.length === 0 ? [] : [list(kind, ofKind)];
  });
  return `is for ${told.join(" and ")}, and this is ${ref.kind} ${ref.name}`;
}

/** All of the expressions must hold. */
function failed(all: readonly RestrictionRow[], { pipeline }: AttemptContext): string | undefined {
  const expressions = all.filter(({ kind }) => kind === "expression");
  if (expressions.length === 0) return undefined;
  const values: RestrictionValues = new Map([...valuesOfPipeline(pipeline), ["job.ssh.enabled", false]]);
  for (const { value } of expressions) {
    const { holds, fault } = expressionHolds(value, values);
    if (holds) continue;
    return `is restricted by \`${value}\`, which ${fault === undefined ? "does not hold" : `cannot be decided: ${fault}`}`;
  }
  return undefined;
}

function list(kind: string, restrictions: readonly RestrictionRow[]): string {
  return `${kind} ${restrictions.map(({ shown }) => shown).join(" or ")}`;
}
