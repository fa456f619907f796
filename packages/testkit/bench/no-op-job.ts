import Docker from "dockerode";
import { connectDocker } from "@fmg/runner";
import { testImages } from "../src/images/images.ts";
import { startStack } from "../src/stack.ts";
import { bareJob } from "./bare-docker.ts";
import { mediansInTurn, type Finding } from "./measure.ts";
import { pipelineAgain } from "./pipeline-again.ts";

const ROUNDS = 9;
const REPOSITORY = "octo/bench";

const config = `version: 2.1
jobs:
  build:
    docker:
      - image: ${testImages.busybox}
    steps:
      - run: "true"
workflows:
  main:
    jobs:
      - build
`;

/** P2: from the trigger to the finished pipeline, of a job that does nothing, with the repository warm. */
export async function benchmarkNoOpJob(): Promise<readonly Finding[]> {
  const docker = new Docker();
  const stack = await startStack();
  try {
    const network = await connectDocker().ensureNetwork("fmg-jobs", AbortSignal.timeout(30_000));
    const { sha, pipelineId } = await stack.push(REPOSITORY, { files: { ".circleci/config.yml": config } });
    await stack.waitForPipeline(pipelineId, "success");
    const times = await mediansInTurn(
      [
        { name: "fmg", run: () => pipelineAgain(stack, { repository: REPOSITORY, sha }) },
        {
          name: "bare",
          run: () => bareJob(docker, { image: testImages.busybox, network, script: "true", remove: true }),
        },
      ],
      ROUNDS,
    );
    return [
      {
        goal: "P2",
        what: "no-op job, trigger → finished",
        measured: times.get("fmg")!,
        floor: times.get("bare")!,
        unit: "ms",
        atMost: 1.25,
      },
    ];
  } finally {
    await stack.stop();
  }
}
