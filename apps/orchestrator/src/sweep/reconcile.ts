import {
  continuedPipelines,
  heartbeat,
  pendingPipelines,
  takeNamedLease,
  unfinishedWorkflows,
} from "@fmg/db";
import { dropAttemptVariables } from "@fmg/db/unsealing";
import { closeOverdueShells } from "../debug/serve-shells.ts";
import { releaseWaiting } from "../advance/release-attempts.ts";
import { nudge, type Services } from "../services.ts";
import { pruneMirrors } from "@fmg/git";
import { mirrorsDir } from "../run/source.ts";
import { isDeadOwner } from "@fmg/runner";
import { goOnWithRotation } from "./rotate-key.ts";
import { sweepBlobs } from "./sweep-blobs.ts";
import { sweepImages } from "./sweep-images.ts";
import { sweepContainers } from "./sweep-containers.ts";

const LEASE = "reconcile";
const LEASE_TTL_MS = 30_000;
const BATCH = 1000;
/** Fetched commits beyond this are forgotten, the least recently used first. */
const MIRRORS_MAX_BYTES = 10 * 2 ** 30;
/** No fetch takes so long: what is older was left by a killed one. */
const FETCH_STALE_MS = 24 * 3_600_000;

/**
 * Derives from the rows alone what is due and not under way, and nudges again: so a lost message costs time, and Redis
 * may be flushed at any moment. One orchestrator at a time does it.
 */
export async function reconcile(services: Services): Promise<void> {
  const { db } = services;
  heartbeat(db, services.now());
  // Each host has its own.
  await sweepImages(services);
  if (!takeNamedLease(db, LEASE, services.owner, services.now(), LEASE_TTL_MS, isDeadOwner)) return;
  for (const pipelineId of inBatches((after) => pendingPipelines(db, BATCH, after))) {
    nudge(services, { queue: "pipelines", pipelineId });
  }
  for (const pipelineId of inBatches((after) => continuedPipelines(db, BATCH, after))) {
    nudge(services, { queue: "pipelines", pipelineId });
  }
  for (const workflowId of inBatches((after) => unfinishedWorkflows(db, BATCH, after))) {
    nudge(services, { queue: "workflows", workflowId });
  }
  releaseWaiting(services);
  nudge(services, { queue: "statuses", outboxId: 0 });
  closeOverdueShells(services);
  goOnWithRotation(services);
  dropAttemptVariables(db, services.now());
  await sweepContainers(services);
  await sweepBlobs(services);
  await pruneMirrors({
    mirrorsDir: mirrorsDir(services),
    maxBytes: MIRRORS_MAX_BYTES,
    staleMs: FETCH_STALE_MS,
    now: services.now(),
  });
}

/** All ids that a question with a limit answers, asked on from the last one. */
function* inBatches<Id extends number>(ask: (after: number) => readonly Id[]): Generator<Id> {
  for (let after = 0; ;) {
    const ids = ask(after);
    yield* ids;
    const last = ids.at(-1);
    if (last === undefined || ids.length < BATCH) return;
    after = last;
  }
}
