import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Secret, type BuildJobPlan } from "@fmg/core";

import type { DrivenInput } from "../test/drive-job.ts";
import { driveJob, type DrivenJob } from "../test/driven-job.ts";
import { aJobPlan, aRun, somewhere } from "../test/plans.ts";
import { makeTestImage, removeTestImage } from "../test/test-image.ts";
import { connectDocker, listOwn, removeAttempt } from "./index.ts";
import { resourceName } from "./names.ts";
import { createMasker, maskedNeedles } from "./output/masker.ts";

const instance = `test-${randomBytes(4).toString("hex")}`;
const engine = connectDocker();
const kills = process.env["FMG_LONG"] === "1" ? 200 : 20;
const secret = "s3cret-value";
const open: DrivenJob[] = [];
let image: string;
let nextAttempt = 1;

beforeAll(async () => {
  image = await makeTestImage(instance, { bash: true });
});

afterEach(async () => {
  for (const job of open.splice(0)) job.close();
  for (const { attemptId } of await listOwn(engine, instance)) {
    await removeAttempt(engine, instance, attemptId!);
  }
});

afterAll(() => removeTestImage(image));

describe("an attempt whose owner is killed again and again", () => {
  test(
    `ends with every byte of output once and every command run once (${kills} kills)`,
    async () => {
      for (let killed = 0, jobs = 0; killed < kills || jobs < 2; jobs++) {
        // Both step programs, in turn.
        const input = anInput(noisyPlan(), jobs % 2 === 0 ? "auto" : "sh");
        const job = await drive(input);
        // On a slow machine an owner may get nothing done in its life: each lives longer than the one before.
        for (let longest = 800; ; longest += 200) {
          const owner = await job.startOwner();
          const isOver = await Promise.race([
            owner.ended.then(() => true),
            delay(randomInt(0, longest)).then(() => false),
          ]);
          if (isOver && job.outcome() !== undefined) break;
          if (isOver) throw new Error(`the owner ended without an outcome: ${await owner.ended}`);
          owner.process.kill("SIGKILL");
          await owner.ended;
          killed++;
        }
        await expectExact(job, input);
        expect(await followers(input)).toBeLessThanOrEqual(2);
        job.close();
        await removeAttempt(engine, instance, input.attemptId);
      }
    },
    kills * 30_000,
  );
});

test("a clock that jumps a day ahead and two days back in mid-step ends no step early, and none late (REL-15)", async () => {
  const said = (job: DrivenJob, index: number, text: string) =>
    until(() => job.log(index).includes(text) || job.outcome() !== undefined);
  const plan = aJobPlan(image, [
    aRun("echo one; until [ -e /fmg/task/go ]; do sleep 0.1; done; echo two"),
    aRun("echo three; sleep 4321", { noOutputTimeoutMs: 3000 }),
  ]);
  const input = anInput(plan, "auto");
  const job = await drive(input);
  const owner = await job.startOwner();

  await said(job, 1, "one");
  owner.process.kill("SIGHUP");
  await inContainer(input.attemptId, ["touch", "/fmg/task/go"]);
  await said(job, 2, "three");
  owner.process.kill("SIGHUP");
  await owner.ended;

  expect(job.outcome()).toMatchObject({ status: "failure", reason: "timed_out" });
  const steps = job.progress().sort((a, b) => a.index - b.index);
  expect(steps.map(({ status }) => status)).toEqual(["success", "success", "failure"]);
  expect(job.log(1).toString()).toBe("one\ntwo\n");
}, 60_000);

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("what the test waits for did not come");
    await delay(20);
  }
}

/** What dead owners left behind in the container. */
async function followers({ attemptId }: DrivenInput): Promise<number> {
  const listed = await inContainer(attemptId, ["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]);
  return listed.toString().match(/(row|fmg-step attach \S+) follow/g)?.length ?? 0;
}

/** Steps that make noise: text, random bytes, false frames and a secret, on both streams. One runs beside the others, one fails. */
function noisyPlan(): BuildJobPlan {
  const noisy = (index: number, then: string): string => `
    echo ${index} >>/fmg/task/ledger
    { head -c ${randomInt(0, 140_000)} /dev/urandom; echo "FMG exit ${index}-1 0 0 0 0"; echo "token $TOKEN"; } >/fmg/task/ref-${index}
    head -c 10000 /fmg/task/ref-${index}; sleep 0.${randomInt(0, 5)}; tail -c +10001 /fmg/task/ref-${index} >&2
    ${then}`;
  const checkout = {
    kind: "checkout",
    path: ".",
    method: "full",
    when: "on_success",
    range: somewhere,
  } as const;
  return aJobPlan(image, [
    { ...checkout, name: "Checkout code" },
    aRun(noisy(2, ": >/fmg/task/all-said; exec sleep 600"), { background: true }),
    aRun(noisy(3, "test -s .git/HEAD && test $(cat file-* | wc -c) = 500000")),
    aRun(noisy(4, "exit 3"), { name: "tests" }),
    aRun("echo 5 >>/fmg/task/ledger"),
    aRun(noisy(6, "until [ -e /fmg/task/all-said ]; do sleep 0.1; done"), { when: "always" }),
  ]);
}

async function expectExact(job: DrivenJob, { attemptId }: DrivenInput): Promise<void> {
  expect(job.outcome()).toEqual({
    status: "failure",
    reason: "step_failed",
    message: 'Step "tests": Exited with code exit status 3',
  });
  const steps = job.progress().sort((a, b) => a.index - b.index);
  const ok = "success";
  expect(steps.map(({ status }) => status)).toEqual([ok, ok, ok, ok, "failure", "skipped", ok]);
  expect(steps[4]?.exitCode).toBe(3);
  const ledger = (await readFile(attemptId, "/fmg/task/ledger")).toString();
  // The second step runs beside the others: its line may come anywhere.
  expect(ledger.replace("2\n", "")).toBe("3\n4\n6\n");
  const closing: Record<number, string> = {
    2: "\nStopped at the end of the job.\n",
    3: "",
    4: "\nExited with code exit status 3\n",
    6: "",
  };
  for (const [index, words] of Object.entries(closing)) {
    const raw = await readFile(attemptId, `/fmg/task/ref-${index}`);
    const expected = Buffer.concat([masked(raw), Buffer.from(words)]);
    // A shell may say so when it is told to end.
    const log = without(job.log(Number(index)), "Terminated\n");
    if (!log.equals(expected)) throw new Error(firstDifference(index, log, expected));
  }
}

/** Hundreds of thousands of random bytes say little; the place where they part says much. */
function firstDifference(step: string, log: Buffer, expected: Buffer): string {
  let at = 0;
  while (at < log.length && log[at] === expected[at]) at++;
  const around = (bytes: Buffer): string => JSON.stringify(bytes.subarray(at, at + 80).toString("latin1"));
  return `step ${step}: ${log.length} bytes for ${expected.length}; at ${at} ${around(log)} for ${around(expected)}`;
}

function without(bytes: Buffer, words: string): Buffer {
  const at = bytes.lastIndexOf(words);
  return at < 0 ? bytes : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + words.length)]);
}

function masked(raw: Buffer): Buffer {
  const masker = createMasker(maskedNeedles([new Secret(secret)]));
  return Buffer.concat([masker.push(raw).bytes, masker.finish().bytes]);
}

function readFile(attemptId: number, path: string): Promise<Buffer> {
  return inContainer(attemptId, ["cat", path]);
}

async function inContainer(attemptId: number, argv: readonly string[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const name = resourceName(instance, attemptId);
  const output = engine.exec(name, { argv, environment: [] }, AbortSignal.timeout(20_000));
  for await (const { bytes } of output) chunks.push(bytes);
  return Buffer.concat(chunks);
}

async function drive(input: DrivenInput): Promise<DrivenJob> {
  const job = await driveJob(input);
  open.push(job);
  return job;
}

function anInput(plan: BuildJobPlan, stepProgram: "auto" | "sh"): DrivenInput {
  return {
    instance,
    attemptId: nextAttempt++,
    jobId: 1,
    epoch: 1,
    plan,
    builtins: [],
    secrets: [{ name: "TOKEN", value: secret }],
    limits: {
      memoryBytes: 256 * 2 ** 20,
      cpus: 1,
      pids: 256,
      maxLogBytesPerStep: 100 * 2 ** 20,
      jobTimeoutMs: 600_000,
    },
    containerPolicy: { pull: "if-not-present", serviceWaitMs: 20_000, stepProgram },
    notices: [],
    trusted: true,
  };
}
