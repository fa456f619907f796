import Docker from "dockerode";
import { connectDocker } from "@fmg/runner";
import { deliver } from "../src/fake-github/deliver.ts";
import { pushPayload } from "../src/fake-github/push-payload.ts";
import { testImages } from "../src/images/images.ts";
import { startStack, type Stack } from "../src/stack.ts";
import { bareJob } from "./bare-docker.ts";
import { mediansInTurn, type Finding } from "./measure.ts";

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
        { name: "fmg", run: () => pipeline(stack, sha) },
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

/** Pushes the same commit again; the time is the pipeline's own, from its acceptance to its end. */
async function pipeline(stack: Stack, sha: string): Promise<number> {
  const answer = await deliver({
    url: `${stack.api.url}/webhook`,
    event: "push",
    payload: pushPayload({
      repository: REPOSITORY,
      ref: "refs/heads/main",
      sha,
      message: "again",
      serverUrl: stack.git.url,
    }),
    secret: stack.webhookSecret,
  });
  const { pipelineId } = (await answer.json()) as { pipelineId: number };
  await stack.waitForPipeline(pipelineId, "success");
  const { createdAt, finishedAt } = await stack.get<{ createdAt: string; finishedAt: string }>(
    `/pipelines/${pipelineId}`,
  );
  return Date.parse(finishedAt) - Date.parse(createdAt);
}
