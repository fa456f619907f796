import { randomBytes } from "node:crypto";
import { aJob, aRunStep } from "@fmg/core/testing";
import { connectDocker, removeAttempt, runJob, type ContainerEngine } from "@fmg/runner";
import Docker from "dockerode";
import { buildTestImages, testImages } from "../src/images/images.ts";
import { bareJob, withBareContainer } from "./bare-docker.ts";
import { mediansInTurn, type Finding } from "./measure.ts";

const ROUNDS = 7;
const instance = `test-${randomBytes(4).toString("hex")}`;
let attempts = 0;

/** P3: what a step costs, and what a job of ten steps costs, against bare Docker in the same run. */
export async function benchmarkSteps(): Promise<readonly Finding[]> {
  const docker = new Docker();
  await buildTestImages();
  const { busybox } = testImages;
  const engine = connectDocker();
  const network = await engine.ensureNetwork("fmg-jobs", AbortSignal.timeout(30_000));
  const script = Array.from({ length: 10 }, () => "sh -ec true").join("\n");
  const times = await withBareContainer(docker, { image: busybox, network }, (container) =>
    mediansInTurn(
      [
        { name: "exec", run: () => bareExec(docker, container) },
        { name: "10 steps", run: () => job(engine, busybox, 10) },
        { name: "50 steps", run: () => job(engine, busybox, 50) },
        { name: "one script", run: () => bareJob(docker, { image: busybox, network, script }) },
      ],
      ROUNDS,
    ),
  );
  const furtherStep = (times.get("50 steps")! - times.get("10 steps")!) / 40;
  return [
    {
      goal: "P3",
      what: "a further step of a row",
      measured: furtherStep,
      floor: times.get("exec")!,
      unit: "ms",
      atMost: 0.2,
    },
    {
      goal: "P3",
      what: "a job of 10 steps, create … end",
      measured: times.get("10 steps")!,
      floor: times.get("one script")!,
      unit: "ms",
      atMost: 1.45,
    },
  ];
}

/** The time of a job of `count` steps that do nothing, from its creation to its result; removal follows unmeasured. */
async function job(engine: ContainerEngine, image: string, count: number): Promise<number> {
  const attemptId = ++attempts;
  const range = { file: "bench", start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  const plan = aJob("bench", {
    executor: { kind: "docker", images: [{ image, environment: [], range }], range },
    steps: Array.from({ length: count }, () => aRunStep("true")),
  });
  const never = new AbortController().signal;
  const began = performance.now();
  const outcome = await runJob(
    engine,
    {
      instance,
      attemptId,
      jobId: attemptId,
      epoch: 1,
      plan,
      builtins: [],
      secrets: [],
      progress: [],
      source: { asTar: () => (async function* () {})() },
      limits: {
        cpus: 1,
        memoryBytes: 2 ** 30,
        pids: 1024,
        maxLogBytesPerStep: 2 ** 20,
        jobTimeoutMs: 600_000,
      },
      containerPolicy: { pull: "if-not-present", serviceWaitMs: 20_000 },
      notices: [],
      trusted: true,
    },
    async () => {},
    { handOver: never, cancel: never },
  );
  const took = performance.now() - began;
  await removeAttempt(engine, instance, attemptId);
  if (outcome === "handed-over" || outcome.status !== "success")
    throw new Error("the measured job did not succeed");
  return took;
}

/** An attached exec of `true`, with the inspection that its exit code needs. */
async function bareExec(docker: Docker, container: string): Promise<number> {
  const began = performance.now();
  const exec = await docker
    .getContainer(container)
    .exec({ Cmd: ["true"], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: true });
  await new Promise<void>((resolve, reject) => stream.on("error", reject).on("close", resolve).resume());
  await exec.inspect();
  return performance.now() - began;
}
