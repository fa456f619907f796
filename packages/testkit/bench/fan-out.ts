import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDocker } from "@fmg/runner";
import Docker from "dockerode";
import { testImages } from "../src/images/images.ts";
import { startStack } from "../src/stack.ts";
import { bareJob } from "./bare-docker.ts";
import { mediansInTurn, type Finding } from "./measure.ts";
import { pipelineAgain } from "./pipeline-again.ts";

const ROUNDS = 5;
const JOBS = 20;
const AT_ONCE = 4;
const REPOSITORY = "octo/fan-out";

const names = Array.from({ length: JOBS }, (_, index) => `job-${index}`);
const config = `version: 2.1
jobs:
  work:
    docker:
      - image: ${testImages.busybox}
    steps:
      - run: "true"
workflows:
  main:
    jobs:
${names.map((name) => `      - work: {name: ${name}}`).join("\n")}
`;

/** P4: twenty jobs of one workflow, four at once, against the same containers by dockerode. */
export async function benchmarkFanOut(): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "fmg-fan-out-"));
  const classes = join(folder, "classes.json");
  // Room for all of them: what is measured is the way from one job's end to the next one's start.
  await writeFile(
    classes,
    JSON.stringify({ default: "tiny", classes: { tiny: { cpus: 1, memory: "256m" } } }),
  );
  const env = { FMG_CONCURRENCY: String(AT_ONCE), FMG_RESOURCE_CLASSES_FILE: classes };
  const docker = new Docker();
  const stack = await startStack({ env });
  try {
    const network = await connectDocker().ensureNetwork("fmg-jobs", AbortSignal.timeout(30_000));
    const { sha, pipelineId } = await stack.push(REPOSITORY, { files: { ".circleci/config.yml": config } });
    await stack.waitForPipeline(pipelineId, "success", 120_000);
    const times = await mediansInTurn(
      [
        { name: "fmg", run: () => pipelineAgain(stack, { repository: REPOSITORY, sha }) },
        { name: "bare", run: () => barePool(docker, network) },
      ],
      ROUNDS,
    );
    return [
      {
        goal: "P4",
        what: `fan-out of ${JOBS} jobs, ${AT_ONCE} at once, trigger → finished`,
        measured: times.get("fmg")!,
        floor: times.get("bare")!,
        unit: "ms",
        atMost: 1.15,
      },
    ];
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true });
  }
}

async function barePool(docker: Docker, network: string): Promise<void> {
  let left = JOBS;
  const work = async () => {
    while (left-- > 0)
      await bareJob(docker, { image: testImages.busybox, network, script: "true", remove: true });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
