import { randomBytes } from "node:crypto";

import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { Secret, type BuildJobPlan } from "@fmg/core";

import {
  connectDocker,
  listOwn,
  removeAttempt,
  runJob,
  type ContainerEngine,
  type JobControl,
  type RunJobInput,
} from "../src/index.ts";
import { stepHeaders } from "../src/step-headers.ts";
import { resourceName } from "../src/names.ts";
import { memoryStores } from "../src/testing/memory-stores.ts";
import { record, statusesOf, type Recorded } from "./recorder.ts";
import { makeTestImage, removeTestImage, type TestImageOptions } from "./test-image.ts";

/** What came of a `runJob`. */
export interface Ran {
  readonly outcome: Awaited<ReturnType<typeof runJob>>;
  readonly statuses: string[];
  readonly recorded: Recorded;
  readonly log: (index: number) => string;
}

/** Docker with an instance and images of this test file's own; both are removed after it. */
export interface RealDocker {
  readonly engine: ContainerEngine;
  readonly instance: string;
  image(kind: string): string;
  /** An input with an attempt of its own; a test tells only what it is about. */
  input(plan: BuildJobPlan, over?: Partial<RunJobInput>): RunJobInput;
  run(input: RunJobInput, control?: Partial<JobControl>, recorder?: ReturnType<typeof record>): Promise<Ran>;
  /** What a command in the attempt's container prints. */
  ask(attemptId: number, script: string, user?: string): Promise<Buffer>;
}

export const secretValue = "s3cret-value";

export function useRealDocker(images: Readonly<Record<string, TestImageOptions>>): RealDocker {
  const instance = `test-${randomBytes(4).toString("hex")}`;
  const engine = connectDocker();
  const names = new Map<string, string>();
  let lastAttempt = 0;

  beforeAll(async () => {
    for (const [kind, options] of Object.entries(images)) {
      names.set(kind, await makeTestImage(`${instance}-${kind}`, options));
    }
  });
  afterEach(async () => {
    const attempts = new Set((await listOwn(engine, instance)).map(({ attemptId }) => attemptId ?? 0));
    await Promise.all([...attempts].map((attemptId) => removeAttempt(engine, instance, attemptId)));
  });
  afterAll(async () => {
    for (const name of names.values()) await removeTestImage(name);
  });

  return {
    engine,
    instance,
    image(kind) {
      const name = names.get(kind);
      if (name === undefined) throw new Error(`this file made no image ${kind}`);
      return name;
    },
    input: (plan, over = {}) => ({
      instance,
      attemptId: ++lastAttempt,
      jobId: 1,
      epoch: 1,
      plan,
      builtins: [{ name: "CI", value: "true" }],
      secrets: [{ name: "TOKEN", value: new Secret(secretValue) }],
      progress: [],
      source: { asTar: noSource },
      stores: memoryStores(),
      limits: {
        memoryBytes: 256 * 2 ** 20,
        cpus: 1,
        pids: 256,
        maxLogBytesPerStep: 100 * 2 ** 20,
        jobTimeoutMs: 600_000,
      },
      containerPolicy: { pull: "if-not-present", serviceWaitMs: 20_000 },
      notices: [],
      trusted: true,
      ...over,
    }),
    async run(input, control = {}, recorder = record()) {
      const never = new AbortController().signal;
      const outcome = await runJob(engine, input, recorder.report, {
        handOver: never,
        cancel: never,
        ...control,
      });
      return {
        outcome,
        statuses: statusesOf(recorder, stepHeaders(input.plan)),
        recorded: recorder,
        log: (index) => (recorder.logs.get(index) ?? Buffer.alloc(0)).toString(),
      };
    },
    async ask(attemptId, script, user) {
      const command = {
        argv: ["sh", "-c", script],
        environment: [],
        ...(user === undefined ? {} : { user }),
      };
      const chunks: Uint8Array[] = [];
      const name = resourceName(instance, attemptId);
      for await (const { bytes } of engine.exec(name, command, AbortSignal.timeout(20_000)))
        chunks.push(bytes);
      return Buffer.concat(chunks);
    },
  };
}

function noSource(): never {
  throw new Error("this test has no source");
}
