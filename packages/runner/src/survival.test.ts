import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Secret, type BuildJobPlan } from "@fmg/core";

import type { DrivenInput } from "../test/drive-job.ts";
import { driveJob, type DrivenJob } from "../test/driven-job.ts";
import { aJobPlan, aRun } from "../test/plans.ts";
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
      for (let killed = 0; killed < kills;) {
        const input = anInput(noisyPlan());
        const job = await drive(input);
        for (;;) {
          const owner = await job.startOwner();
          const isOver = await Promise.race([
            owner.ended.then(() => true),
            delay(randomInt(0, 1200)).then(() => false),
          ]);
          if (isOver && job.outcome() !== undefined) break;
          if (isOver) throw new Error(`the owner ended without an outcome: ${await owner.ended}`);
          owner.process.kill("SIGKILL");
          await owner.ended;
          killed++;
        }
        await expectExact(job, input);
        job.close();
        await removeAttempt(engine, instance, input.attemptId);
      }
    },
    kills * 30_000,
  );
});

/** Text, random bytes, false frames and a secret, on both streams; the third step fails. */
function noisyPlan(): BuildJobPlan {
  const noisy = (index: number, code: number): string => `
    echo ${index} >>/fmg/task/ledger
    { head -c ${randomInt(0, 140_000)} /dev/urandom; echo "FMG exit ${index}-1 0 0 0 0"; echo "token $TOKEN"; } >/fmg/task/ref-${index}
    head -c 10000 /fmg/task/ref-${index}; sleep 0.${randomInt(0, 5)}; tail -c +10001 /fmg/task/ref-${index} >&2
    exit ${code}`;
  return aJobPlan(image, [
    aRun(noisy(1, 0), { name: "one" }),
    aRun(noisy(2, 0), { name: "two" }),
    aRun(noisy(3, 3), { name: "three" }),
    aRun("echo 4 >>/fmg/task/ledger", { name: "four" }),
    aRun(noisy(5, 0), { name: "five", when: "always" }),
  ]);
}

async function expectExact(job: DrivenJob, { attemptId }: DrivenInput): Promise<void> {
  expect(job.outcome()).toMatchObject({ status: "failure", reason: "step_failed" });
  const steps = job.progress().sort((a, b) => a.index - b.index);
  expect(steps.map(({ status }) => status)).toEqual([
    "success",
    "success",
    "success",
    "failure",
    "skipped",
    "success",
  ]);
  expect(steps[3]?.exitCode).toBe(3);
  expect(await readFile(attemptId, "/fmg/task/ledger")).toEqual(Buffer.from("1\n2\n3\n5\n"));
  for (const index of [1, 2, 3, 5]) {
    const raw = await readFile(attemptId, `/fmg/task/ref-${index}`);
    const closing = index === 3 ? "\nExited with code exit status 3\n" : "";
    const expected = Buffer.concat([maskWhole(raw), Buffer.from(closing)]);
    expect(job.log(index).equals(expected)).toBe(true);
  }
}

function maskWhole(raw: Buffer): Buffer {
  const masker = createMasker(maskedNeedles([new Secret(secret)]));
  return Buffer.concat([masker.push(raw).bytes, masker.finish().bytes]);
}

async function readFile(attemptId: number, path: string): Promise<Buffer> {
  const command = { argv: ["cat", path], environment: [] };
  const chunks: Uint8Array[] = [];
  const name = resourceName(instance, attemptId);
  for await (const { bytes } of engine.exec(name, command, AbortSignal.timeout(10_000))) chunks.push(bytes);
  return Buffer.concat(chunks);
}

async function drive(input: DrivenInput): Promise<DrivenJob> {
  const job = await driveJob(input);
  open.push(job);
  return job;
}

function anInput(plan: BuildJobPlan): DrivenInput {
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
    notices: [],
    trusted: true,
  };
}
