import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchCommit } from "@fmg/git";
import { connectDocker } from "@fmg/runner";
import Docker from "dockerode";
import { testImages } from "../src/images/images.ts";
import { startStack, type Stack } from "../src/stack.ts";
import { mediansInTurn, type Finding } from "./measure.ts";

const ROUNDS = 7;
/** The line says when it was written: hundredths of a second since the machine's boot. */
const config = `version: 2.1
jobs:
  build:
    docker:
      - image: ${testImages.busybox}
    steps:
      - run: cut -d" " -f1 /proc/uptime
workflows:
  main:
    jobs:
      - build
`;

/** P1: from a push of a repository that was never seen to the first line of its job, against clone, create and start. */
export async function benchmarkFirstLine(): Promise<readonly Finding[]> {
  const docker = new Docker();
  const stack = await startStack();
  const folder = await mkdtemp(join(tmpdir(), "fmg-bench-"));
  try {
    const network = await connectDocker().ensureNetwork("fmg-jobs", AbortSignal.timeout(30_000));
    let round = 0;
    const times = await mediansInTurn(
      [
        { name: "fmg", run: () => firstLine(stack, `octo/first-${++round}`) },
        { name: "bare", run: () => cloneAndStart(docker, stack, { network, folder, round: ++round }) },
      ],
      ROUNDS,
    );
    return [
      {
        goal: "P1",
        what: "push → first line of the first step",
        measured: times.get("fmg")!,
        floor: times.get("bare")!,
        unit: "ms",
        atMost: 1.3,
      },
    ];
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function files(): Record<string, string> {
  const sources = Array.from({ length: 200 }, (_, at): [string, string] => [
    `src/file-${at}.ts`,
    "// a line\n".repeat(100),
  ]);
  return { ".circleci/config.yml": config, ...Object.fromEntries(sources) };
}

async function firstLine(stack: Stack, repository: string): Promise<number> {
  const { pipelineId } = await stack.push(repository, { files: files() });
  const pipeline = await stack.waitForPipeline(pipelineId, "success");
  const [, stamp] = /^(\d+\.\d\d)$/m.exec(await stack.jobLog(pipelineId, "build")) ?? [];
  // Node's clock counts from the machine's boot as well.
  const bootAt = Date.now() - Number(process.hrtime.bigint() / 1_000_000n);
  return bootAt + Number(stamp) * 1000 - Date.parse(pipeline.createdAt);
}

/** The same repository fetched by the same code, then a container made and started. */
async function cloneAndStart(
  docker: Docker,
  stack: Stack,
  { network, folder, round }: { network: string; folder: string; round: number },
): Promise<number> {
  const repository = `octo/bare-${round}`;
  const sha = await stack.git.commit(repository, { files: files() });
  const began = performance.now();
  await fetchCommit({
    mirrorsDir: join(folder, String(round)),
    url: stack.git.cloneUrl(repository),
    sha,
    signal: AbortSignal.timeout(30_000),
  });
  const container = await docker.createContainer({
    Image: testImages.busybox,
    Cmd: ["sleep", "60"],
    Labels: { "fmg.role": "benchmark" },
    HostConfig: { NetworkMode: network },
  });
  await container.start();
  const took = performance.now() - began;
  await container.remove({ force: true, v: true });
  return took;
}
