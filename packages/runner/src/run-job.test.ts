import { randomBytes } from "node:crypto";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Secret, type BuildJobPlan } from "@fmg/core";

import { aJobPlan, aRun } from "../test/plans.ts";
import { record, statusesOf, type Recorded } from "../test/recorder.ts";
import { makeTestImage, removeTestImage } from "../test/test-image.ts";
import { connectDocker, listOwn, removeAttempt, runJob, stepHeaders, type RunJobInput } from "./index.ts";

const instance = `test-${randomBytes(4).toString("hex")}`;
const engine = connectDocker();
let image: string;
let busyboxOnly: string;
let nextAttempt = 1;

beforeAll(async () => {
  image = await makeTestImage(instance, { bash: true });
  busyboxOnly = await makeTestImage(`${instance}-sh`);
});

afterEach(async () => {
  for (const { attemptId } of await listOwn(engine, instance)) {
    await removeAttempt(engine, instance, attemptId!);
  }
});

afterAll(async () => {
  await removeTestImage(image);
  await removeTestImage(busyboxOnly);
});

describe("a job", () => {
  test("with steps that succeed is a success, and its log has their output", async () => {
    const { outcome, logs, statuses } = await run(
      aJobPlan(image, [aRun("echo one"), aRun("echo two; echo three >&2")]),
    );

    expect(outcome).toEqual({ status: "success" });
    expect(statuses).toEqual(["success", "success", "success"]);
    expect([logs(1), logs(2)]).toEqual(["one\n", "two\nthree\n"]);
    expect(logs(0)).toContain(`Image ${image}`);
  });

  test("with a failing step is a failure that names the step and its exit code", async () => {
    const plan = aJobPlan(image, [
      aRun("echo before; exit 7", { name: "tests" }),
      aRun("echo never"),
      aRun("echo always", { when: "always" }),
      aRun("echo on fail", { when: "on_fail" }),
    ]);

    const { outcome, logs, statuses, recorded } = await run(plan);

    expect(outcome).toEqual({
      status: "failure",
      reason: "step_failed",
      message: 'Step "tests": Exited with code exit status 7',
    });
    expect(statuses).toEqual(["success", "failure", "skipped", "success", "success"]);
    expect(logs(1)).toBe("before\n\nExited with code exit status 7\n");
    expect(logs(2)).toBe("");
    expect(logs(4)).toBe("on fail\n");
    expect(recorded.progress.get(1)?.exitCode).toBe(7);
  });
});

interface Ran {
  readonly outcome: Awaited<ReturnType<typeof runJob>>;
  readonly statuses: string[];
  readonly recorded: Recorded;
  readonly logs: (index: number) => string;
}

async function run(plan: BuildJobPlan, over: Partial<RunJobInput> = {}): Promise<Ran> {
  const recorder = record();
  const never = new AbortController().signal;
  const outcome = await runJob(engine, anInput(plan, over), recorder.report, {
    handOver: never,
    cancel: never,
  });
  return {
    outcome,
    statuses: statusesOf(recorder, stepHeaders(plan)),
    recorded: recorder,
    logs: (index) => (recorder.logs.get(index) ?? Buffer.alloc(0)).toString(),
  };
}

function anInput(plan: BuildJobPlan, over: Partial<RunJobInput> = {}): RunJobInput {
  return {
    instance,
    attemptId: nextAttempt++,
    jobId: 1,
    epoch: 1,
    plan,
    builtins: [{ name: "CI", value: "true" }],
    secrets: [{ name: "TOKEN", value: new Secret("s3cret-value") }],
    progress: [],
    source: { asTar: () => noSource() },
    limits: {
      memoryBytes: 256 * 2 ** 20,
      cpus: 1,
      pids: 256,
      maxLogBytesPerStep: 100 * 2 ** 20,
      jobTimeoutMs: 600_000,
    },
    notices: [],
    trusted: true,
    ...over,
  };
}

function noSource(): never {
  throw new Error("this test has no source");
}
