import { join } from "node:path";
import { visibleLayers } from "@fmg/core";
import type {
  ArtifactStore,
  JobStores,
  TestResult,
  TestStore,
  TestTiming,
  WorkspaceStore,
} from "@fmg/runner";
import type { BlobStore } from "@fmg/storage";
import { isSafePath, writeWhole } from "../../whole-file.ts";
import type { AttemptRecord, JobRecord, WorkflowRecord } from "../board.ts";
import { openCacheStore } from "./cache-store.ts";
import type { EarlierResult } from "./earlier-results.ts";

/** The artifacts of one job; the rest is left out, and told. */
const JOB_ARTIFACTS_MAX_BYTES = 20e9;

/** What the jobs of a run share. */
export interface RunStores {
  readonly blobs: BlobStore;
  readonly cacheFolder: string;
  readonly artifactFolder: string;
  /** Artifacts that were kept, in order. */
  readonly artifacts: { readonly job: string; readonly file: string; readonly sizeBytes: number }[];
  /** By attempt and step. */
  readonly tests: Map<number, Map<number, readonly TestResult[]>>;
  findEarlier(workflow: string, job: string): EarlierResult | undefined;
}

/** Whose stores they are. */
export interface StoresOf {
  readonly workflow: WorkflowRecord;
  readonly job: JobRecord;
  readonly attempt: AttemptRecord;
}

/** Where a job on this machine keeps what outlives its container. */
export function jobStores(run: RunStores, of: StoresOf): JobStores {
  const { plan } = of.job;
  const retention = plan.kind === "build" ? plan : {};
  return {
    caches: openCacheStore({ folder: run.cacheFolder, blobs: run.blobs }, retention),
    workspace: workspaceStore(run, of),
    artifacts: artifactStore(run, of),
    tests: testStore(run, of),
  };
}

function workspaceStore({ blobs }: RunStores, { workflow, job, attempt }: StoresOf): WorkspaceStore {
  const { name } = job.plan;
  return {
    async layers() {
      const seen = visibleLayers(workflow.plan, name, workflow.layers);
      if (seen.kind === "conflict") return seen;
      const layers = seen.layers.map(({ job: producer, digest, sizeBytes }) => {
        return { job: producer, sizeBytes, read: () => blobs.read(digest) };
      });
      return { kind: "layers", layers };
    },
    async persist(step, archive, paths) {
      const { digest, sizeBytes } = await blobs.put(archive);
      const { id: attemptId, nodeIndex } = attempt;
      const layer = { job: name, attemptId, nodeIndex, step, digest, sizeBytes, paths: paths() };
      workflow.layers.push({ ...layer, storedAt: Date.now() });
      return { sizeBytes };
    },
  };
}

function artifactStore(run: RunStores, { job, attempt }: StoresOf): ArtifactStore {
  let keptBytes = 0;
  const folder = join(run.artifactFolder, ...artifactPlace(job, attempt));
  return {
    room: async () => ({
      leftBytes: JOB_ARTIFACTS_MAX_BYTES - keptBytes,
      limitBytes: JOB_ARTIFACTS_MAX_BYTES,
    }),
    async store(path, bytes) {
      const file = join(folder, ...path.split("/").map(fileNameFor));
      let sizeBytes = 0;
      async function* counted(): AsyncGenerator<Uint8Array> {
        for await (const chunk of bytes) {
          sizeBytes += chunk.length;
          yield chunk;
        }
      }
      await writeWhole(counted(), { file, folder: run.artifactFolder });
      keptBytes += sizeBytes;
      run.artifacts.push({ job: job.plan.name, file, sizeBytes });
      return { sizeBytes };
    },
  };
}

/** A folder for each job, and one for each node of a job that has several. */
export function artifactPlace({ plan }: JobRecord, { nodeIndex, nodeTotal }: AttemptRecord): string[] {
  return [fileNameFor(plan.name), ...(nodeTotal < 2 ? [] : [`node-${nodeIndex}`])];
}

/** A job's or a file's name as it may be one here. */
export function fileNameFor(name: string): string {
  const harmless = name.replaceAll(/[/\\:*?"<>|\p{Cc}]/gu, "_");
  return isSafePath(harmless) ? harmless : "_";
}

function testStore(run: RunStores, { workflow, job, attempt }: StoresOf): TestStore {
  // What the job's own last run left, read before this one began: all nodes are told the same. (R-SPLIT-3)
  const earlier = run.findEarlier(workflow.plan.name, job.plan.name)?.tests ?? [];
  return {
    async record(step, results) {
      const steps = run.tests.get(attempt.id) ?? new Map<number, readonly TestResult[]>();
      run.tests.set(attempt.id, steps.set(step, results));
    },
    timings: async () => timingsOf(earlier),
  };
}

/** How long tests took, by each of the ways in which they may be called. (R-SPLIT-2) */
export function timingsOf(results: readonly TestResult[]): TestTiming[] {
  return (["file", "classname", "name"] as const).flatMap((kind) => {
    const sums = new Map<string, number>();
    for (const result of results) {
      if (result[kind] !== "") sums.set(result[kind], (sums.get(result[kind]) ?? 0) + result.durationMs);
    }
    return [...sums].map(([name, durationMs]): TestTiming => ({ kind, name, durationMs }));
  });
}
