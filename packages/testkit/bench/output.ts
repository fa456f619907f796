import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, type JobEvent, type RunStepPlan } from "@fmg/core";
import { aRunStep } from "@fmg/core/testing";
import { connectDocker, type ContainerEngine } from "@fmg/runner";
import { openLogStore } from "@fmg/storage";
import Docker from "dockerode";
import { buildTestImages, testImages } from "../src/images/images.ts";
import { instance, timeAttempt } from "./bare-attempt.ts";
import { median, mediansInTurn, type Finding } from "./measure.ts";

const ROUNDS = 3;
const LINES = 600_000;
/** 61 characters and the end of the line. */
const LINE = "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVW";
const megabytes = (LINES * (LINE.length + 1)) / 1e6;
/** `yes` is ended by its reader, which a shell may count as a failure. */
const generate = (target: string): string => `{ yes '${LINE}' | head -n ${LINES} || true; } ${target}`;
const secrets = [
  { name: "TOKEN", value: new Secret("a-secret-of-some-length") },
  { name: "PASSWORD", value: new Secret("correct horse battery staple") },
];

/** P8a and P9: how soon a line of a step is stored, and how fast much output is, masked and in a file. */
export async function benchmarkOutput(): Promise<readonly Finding[]> {
  await buildTestImages(["busybox"]);
  const engine = connectDocker();
  return [...(await benchmarkThroughput(engine)), ...(await benchmarkLatency(engine))];
}

async function benchmarkThroughput(engine: ContainerEngine): Promise<readonly Finding[]> {
  const docker = new Docker();
  const folder = await mkdtemp(join(tmpdir(), "fmg-bench-"));
  try {
    const times = await mediansInTurn(
      [
        { name: "null", run: () => timeSteps(engine, folder, generate(">/dev/null")) },
        { name: "fmg", run: () => timeSteps(engine, folder, generate("")) },
        { name: "docker logs", run: () => followDockerLogs(docker) },
      ],
      ROUNDS,
    );
    const rate = (name: string): number => megabytes / (times.get(name)! / 1000);
    return [
      {
        goal: "P9",
        what: "output into the stored log, masked",
        measured: rate("fmg"),
        floor: rate("null"),
        unit: "MB/s",
        atLeast: 0.25,
      },
      {
        goal: "P9",
        what: "the same, against `docker logs -f`",
        measured: rate("fmg"),
        floor: rate("docker logs"),
        unit: "MB/s",
        atLeast: 5,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From the step's start to its end, as they are reported, with all of its output in a file. */
async function timeSteps(engine: ContainerEngine, folder: string, script: string): Promise<number> {
  const logs = openLogStore(await mkdtemp(join(folder, "logs-")));
  let length = 0;
  let began = 0;
  let ended = 0;
  await timeAttempt(engine, {
    image: testImages.busybox,
    steps: [aRunStep(script)],
    secrets,
    async report(event) {
      if (event.kind === "step-started" && event.step === 1) began = performance.now();
      if (event.kind === "step-finished" && event.step === 1) ended = performance.now();
      if (event.kind !== "log" || event.step !== 1) return;
      await logs.append(1, 1, length, event.bytes);
      length += event.bytes.byteLength;
    },
  });
  await logs.close();
  return ended - began;
}

/** The same output of a container of its own, as `docker logs -f` gives it. */
async function followDockerLogs(docker: Docker): Promise<number> {
  const container = await docker.createContainer({
    Image: testImages.busybox,
    Cmd: ["sh", "-c", generate("")],
    Labels: { "fmg.role": "benchmark" },
    HostConfig: { NetworkMode: "none", LogConfig: { Type: "json-file", Config: {} } },
  });
  try {
    await container.start();
    const began = performance.now();
    const stream = await container.logs({ follow: true, stdout: true, stderr: true });
    await new Promise<void>((resolve, reject) => stream.on("error", reject).on("end", resolve).resume());
    return performance.now() - began;
  } finally {
    await container.remove({ force: true, v: true });
  }
}

const STAMPS = 60;
/** A line now and then, with the machine's clock in it: hundredths of a second since its boot. */
const stamping = `n=0; while [ $n -lt ${STAMPS} ]; do read -r now _ </proc/uptime; echo "$now"; sleep 0.13; n=$((n+1)); done`;

/**
 * One step, watched twice at the same time: by the runner, and by a follower of our own that only reads what the row program
 * sends. The lines' own clock has steps of 10 ms, the same for both.
 */
async function benchmarkLatency(engine: ContainerEngine): Promise<readonly Finding[]> {
  const fmg: number[] = [];
  const bare: number[] = [];
  let following: Promise<void> = Promise.resolve();
  await timeAttempt(engine, {
    image: testImages.busybox,
    steps: [aRunStep(stamping) satisfies RunStepPlan],
    async report(event: JobEvent) {
      if (event.kind === "step-started" && event.step === 1)
        following = followBare((text) => bare.push(...agesOf(text)));
      if (event.kind === "log" && event.step === 1) fmg.push(...agesOf(Buffer.from(event.bytes).toString()));
      if (event.kind === "step-finished" && event.step === 1) await following;
    },
  });
  return [
    {
      goal: "P8a",
      what: "line written → reported (stored at most 50 ms later)",
      measured: median(fmg),
      floor: median(bare),
      unit: "ms",
      atMost: 2,
    },
  ];
}

/** How old each stamp in a text is, in milliseconds. */
function agesOf(text: string): number[] {
  const now = Number(process.hrtime.bigint() / 1_000_000n);
  return [...text.matchAll(/^(\d+\.\d\d)$/gm)].map(([, stamp]) => now - Number(stamp) * 1000);
}

/** The row program's own frames of the running attempt's first step, read with nothing of FMG between. */
async function followBare(onText: (text: string) => void): Promise<void> {
  const docker = new Docker();
  const [container] = await docker.listContainers({ filters: { label: [`fmg.instance=${instance}`] } });
  const program = container!.Labels["fmg.step-program"] === "sh" ? ["sh", "/fmg/bin/row"] : ["/.fmg-step"];
  const exec = await docker.getContainer(container!.Id).exec({
    Cmd: [...program, "follow", "ok", "1-1:0"],
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true });
  stream.on("data", (chunk: Buffer) => onText(chunk.toString("latin1")));
  await new Promise<void>((resolve, reject) => stream.on("error", reject).on("end", resolve));
}
