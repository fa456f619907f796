import { aRunStep } from "@fmg/core/testing";
import { connectDocker, type ContainerEngine } from "@fmg/runner";
import Docker from "dockerode";
import { buildTestImages, testImages } from "../src/images/images.ts";
import { timeAttempt } from "./bare-attempt.ts";
import { bareJob, withBareContainer } from "./bare-docker.ts";
import { mediansInTurn, type Finding } from "./measure.ts";

const ROUNDS = 7;

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

/** The time of a job of `count` steps that do nothing. */
function job(engine: ContainerEngine, image: string, count: number): Promise<number> {
  return timeAttempt(engine, { image, steps: Array.from({ length: count }, () => aRunStep("true")) });
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
