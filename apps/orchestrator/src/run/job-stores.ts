import { setImmediate } from "node:timers/promises";

import { nearestCache, visibleLayers, workspaceDays, type BuildJobPlan } from "@fmg/core";
import {
  addTestResults,
  artifactBytes,
  findCache,
  hasCache,
  insertCache,
  listLayers,
  newestCaches,
  removeCache,
  storeArtifact,
  storeLayer,
  storeTestResults,
  testTimings,
  type AttemptContext,
  type CacheView,
} from "@fmg/db";
import type { ArtifactStore, CacheStore, JobStores, TestStore, WorkspaceStore } from "@fmg/runner";
import type { Services } from "../services.ts";

const DAY_MS = 24 * 3_600_000;
/** CircleCI's default and maximum; a job's `retention` lowers it. (R-CACHE-10) */
const CACHE_DAYS = 15;
const ARTIFACT_DAYS = 30;
/** About 20 ms of one transaction: other jobs wait for the database and for this process. */
const RESULTS_AT_ONCE = 2000;

/** Where the job of an attempt keeps what outlives its container: blobs, and the rows that name them. */
export function jobStores(services: Services, context: AttemptContext): JobStores {
  return {
    caches: cacheStore(services, context),
    workspace: workspaceStore(services, context),
    artifacts: artifactStore(services, context),
    tests: testStore(services, context),
  };
}

/**
 * A ref's jobs save for that ref alone, and see its caches, then those of the default branch: so neither a branch nor a fork
 * can put a cache before the jobs of another. (SEC-8, ADR 7)
 */
export function cacheScopes({ pipeline, project }: Pick<AttemptContext, "pipeline" | "project">): {
  readonly own: string;
  readonly seen: readonly string[];
} {
  const ref = pipeline.tag === null ? `branch:${pipeline.branch ?? ""}` : `tag:${pipeline.tag}`;
  const own = pipeline.trust === "own" ? ref : `fork:${pipeline.event.sender.id}:${ref}`;
  return { own, seen: [...new Set([own, `branch:${project.defaultBranch}`])] };
}

function cacheStore(services: Services, context: AttemptContext): CacheStore {
  const { db, blobs, now } = services;
  const projectId = context.project.id;
  const { own, seen } = cacheScopes(context);
  const isClean = context.workflow.rerun?.cleanCache === true;
  const since = isClean ? context.workflow.createdAt : 0;
  const view: CacheView = { projectId, scopes: seen, since };
  const days = Math.min(CACHE_DAYS, (context.jobPlan as BuildJobPlan).cacheRetentionDays ?? CACHE_DAYS);
  return {
    async find(prefix) {
      for (;;) {
        const row = findCache(db, view, prefix, now());
        if (row === undefined) return undefined;
        if ((await blobs.verify(row.digest)) === "intact") {
          const { key, createdAt, sizeBytes } = row;
          return { key, createdAt, sizeBytes, read: () => blobs.read(row.digest) };
        }
        services.log.warn(
          { key: row.key, digest: row.digest },
          "a cache is corrupt or gone, and is forgotten",
        );
        removeCache(db, row.id);
      }
    },
    has: async (key) => hasCache(db, view, key, now()),
    async save(key, parts, archive) {
      const { digest, sizeBytes } = await blobs.put(archive);
      const createdAt = now();
      const expiresAt = createdAt + days * DAY_MS;
      const row = { projectId, scope: own, key, parts, digest, sizeBytes, createdAt, expiresAt, since };
      return { outcome: insertCache(db, row), sizeBytes };
    },
    nearest: async (key) => nearestCache(newestCaches(db, view, now()), key),
    ...(isClean ? { setAside: "this rerun does without the caches that were saved before it" } : {}),
  };
}

function workspaceStore(services: Services, context: AttemptContext): WorkspaceStore {
  const { db, blobs, now } = services;
  const { workspaceUuid, attempt, job, plan, workflow } = context;
  return {
    async layers() {
      const seen = visibleLayers(plan, job.name, listLayers(db, workspaceUuid, workflow.id));
      if (seen.kind === "conflict") return seen;
      const layers = seen.layers.map(({ job: producer, digest, sizeBytes }) => {
        return { job: producer, sizeBytes, read: () => blobs.read(digest) };
      });
      return { kind: "layers", layers };
    },
    async persist(step, archive, paths) {
      const { digest, sizeBytes } = await blobs.put(archive);
      storeLayer(db, {
        workspaceUuid,
        attemptId: attempt.id,
        step,
        job: job.name,
        nodeIndex: attempt.nodeIndex,
        digest,
        sizeBytes,
        paths: paths(),
        expiresAt: now() + workspaceDays * DAY_MS,
      });
      return { sizeBytes };
    },
  };
}

function artifactStore(services: Services, { attempt }: AttemptContext): ArtifactStore {
  const { db, blobs, now } = services;
  const limitBytes = services.settings.jobArtifactsMaxBytes;
  return {
    room: async () => ({ leftBytes: limitBytes - artifactBytes(db, attempt.id), limitBytes }),
    async store(path, bytes) {
      const { digest, sizeBytes } = await blobs.put(bytes);
      const createdAt = now();
      const expiresAt = createdAt + ARTIFACT_DAYS * DAY_MS;
      storeArtifact(db, { attemptId: attempt.id, path, digest, sizeBytes, createdAt, expiresAt });
      return { sizeBytes };
    },
  };
}

function testStore({ db }: Services, { attempt, job, pipeline, project }: AttemptContext): TestStore {
  const branches = [...new Set([pipeline.branch ?? project.defaultBranch, project.defaultBranch])];
  return {
    async record(step, results) {
      const of = { attemptId: attempt.id, step };
      storeTestResults(db, of, results.slice(0, RESULTS_AT_ONCE));
      for (let at = RESULTS_AT_ONCE; at < results.length; at += RESULTS_AT_ONCE) {
        await setImmediate();
        addTestResults(db, of, results.slice(at, at + RESULTS_AT_ONCE));
      }
    },
    timings: async () =>
      testTimings(db, { projectId: project.id, job: job.name, before: job.createdAt }, branches),
  };
}
