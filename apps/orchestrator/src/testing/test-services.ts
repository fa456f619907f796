import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PipelinePlan, RepositoryRef, WorkflowPlan } from "@fmg/core";
import { acceptDelivery, ensureKey, openDb, storePlan } from "@fmg/db";
import type { GitHub } from "@fmg/github";
import type { BellMessage } from "@fmg/queue";
import { firstOf } from "@fmg/parser/node";
import type { ContainerEngine } from "@fmg/runner";
import { openBlobStore, openLogStore } from "@fmg/storage";
import { pino, type Logger } from "pino";
import type { Services } from "../services.ts";
import type { DiskWatch } from "../sweep/disk-watch.ts";
import { readSettings } from "../settings.ts";

/** Services on a real database and log folder; nudges are kept to be looked at, and Docker is not there. */
export interface TestServices {
  readonly services: Services;
  readonly nudges: BellMessage[];
  /** Moves the clock on. */
  readonly advanceTime: (ms: number) => void;
  close(): Promise<void>;
}

const repository: RepositoryRef = {
  id: 1,
  owner: "octo",
  name: "repo",
  cloneUrl: "http://git.test/octo/repo.git",
  url: "http://git.test/octo/repo",
  defaultBranch: "main",
  private: false,
};

export function testServices(
  options: {
    github?: GitHub;
    disk?: DiskWatch;
    engine?: ContainerEngine;
    env?: Record<string, string>;
    log?: Logger;
  } = {},
): TestServices {
  const folder = mkdtempSync(join(tmpdir(), "fmg-orchestrator-"));
  const db = openDb(join(folder, "fmg.db"), { migrate: true });
  const settings = readSettings({ FMG_DATA_DIR: folder, ...options.env }, folder);
  ensureKey(db, settings.encryptionKey);
  const logs = openLogStore(join(folder, "logs"));
  const nudges: BellMessage[] = [];
  let now = 1_700_000_000_000;
  const services = {
    settings,
    db,
    logs,
    blobs: openBlobStore(join(folder, "blobs")),
    bell: { ring: async (message: BellMessage) => void nudges.push(message), close: async () => {} },
    live: { publish: () => {}, subscribe: () => () => {}, ready: async () => {}, close: async () => {} },
    github: options.github,
    owner: "test-owner",
    instance: "test-services",
    host: { id: "test-host", cpus: 4, memoryBytes: 16 * 2 ** 30, rootDir: "/nowhere" },
    disk: options.disk ?? { low: async () => undefined },
    now: () => now,
    log: options.log ?? pino({ level: "silent" }),
    get engine() {
      if (options.engine === undefined) throw new Error("this test has no Docker");
      return options.engine;
    },
    orbs: firstOf([]),
    get compiler(): never {
      throw new Error("this test compiles nothing");
    },
  } satisfies Services;
  return {
    services,
    nudges,
    advanceTime: (ms) => (now += ms),
    async close() {
      await logs.close();
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A compiled pipeline of the given workflows; returns its id and those of its workflows. */
export function aStoredPipeline(
  services: Services,
  ...workflows: WorkflowPlan[]
): { pipelineId: number; workflowIds: readonly number[] } {
  return aStoredPipelineOf(services, {}, ...workflows);
}

/** The same for a push to a branch of `octo/<name>`. */
export function aStoredPipelineOf(
  services: Services,
  { name = repository.name, branch = "main" }: { name?: string; branch?: string },
  ...workflows: WorkflowPlan[]
): { pipelineId: number; workflowIds: readonly number[] } {
  const id =
    name === repository.name
      ? repository.id
      : 2 + Array.from(name).reduce((sum, c) => 31 * sum + c.charCodeAt(0), 0);
  const now = services.now();
  const { pipelineId } = acceptDelivery(services.db, {
    deliveryId: `delivery-${Math.random()}`,
    event: "push",
    body: new Uint8Array(),
    receivedAt: now,
    trigger: {
      kind: "push",
      ref: { kind: "branch", name: branch },
      sha: "a".repeat(40),
      baseSha: null,
      commit: { subject: "A commit", body: "", authorLogin: "ada", authorName: "Ada", url: null },
      sender: { login: "ada", id: 1 },
    },
    repository: { ...repository, id, name },
    statusTargetBase: "http://fmg.test",
  });
  const plan: PipelinePlan = { workflows, setup: false };
  return { pipelineId, ...storePlan(services.db, pipelineId, plan, { warnings: [], now }) };
}
