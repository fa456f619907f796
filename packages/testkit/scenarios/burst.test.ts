import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { awaitState } from "../src/await-state.ts";
import { deliver } from "../src/fake-github/deliver.ts";
import { pushPayload } from "../src/fake-github/push-payload.ts";
import { startStack, type Stack } from "../src/stack.ts";

const REPOSITORY = "octo/burst";
const CONTAINERS = 20;
const DISTINCT = 400;
const REPEATS = 100;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const config = (runs: boolean) => `version: 2.1
jobs:
  build:
    docker:
      - image: fmg-test/busybox:local
    steps:
      - run: echo ran
workflows:
  main:
    jobs:
      - build${runs ? "" : ":\n          filters:\n            branches:\n              only: another"}
`;

interface Listed {
  readonly items: readonly { id: number; status: string }[];
  readonly next: string | null;
}

async function allPipelines(): Promise<Listed["items"]> {
  const items: Listed["items"][number][] = [];
  for (let next: string | null = ""; next !== null;) {
    const page: Listed = await stack.get<Listed>(
      `/pipelines?limit=100${next === "" ? "" : `&cursor=${next}`}`,
    );
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

test("500 signed deliveries, 100 of them repeats, are all answered 2xx, make 400 pipelines, and all of them end", async () => {
  const shas: string[] = [];
  for (const [n, runs] of [true, false, false, false, false].entries()) {
    const files = { ".circleci/config.yml": config(runs), n: String(n) };
    shas.push(await stack.git.commit(REPOSITORY, { files }));
  }
  stack.github.addRepository(REPOSITORY);
  for (const sha of shas) stack.github.addCommit(REPOSITORY, sha);
  const deliveries = Array.from({ length: DISTINCT }, (_, n) => ({
    deliveryId: `burst-${n}`,
    sha: n < CONTAINERS ? shas[0]! : shas[1 + (n % 4)]!,
  }));
  const sent = [...deliveries, ...deliveries.slice(0, REPEATS)];
  const answers = await Promise.all(
    sent.map(async ({ deliveryId, sha }) => {
      const answer = await deliver({
        url: `${stack.api.url}/webhook`,
        event: "push",
        payload: pushPayload({
          repository: REPOSITORY,
          ref: "refs/heads/main",
          sha,
          message: "burst",
          serverUrl: stack.git.url,
        }),
        secret: stack.webhookSecret,
        deliveryId,
      });
      return { status: answer.status, ...((await answer.json()) as { pipelineId: number }) };
    }),
  );
  expect(answers.map(({ status }) => Math.floor(status / 100))).toEqual(sent.map(() => 2));
  expect(new Set(answers.map(({ pipelineId }) => pipelineId)).size).toBe(DISTINCT);
  for (let n = 0; n < REPEATS; n++) expect(answers[DISTINCT + n]!.pipelineId).toBe(answers[n]!.pipelineId);

  const ended = await awaitState({
    what: "all pipelines to end",
    read: allPipelines,
    judge: (items) =>
      items.every(({ status }) => ["success", "skipped"].includes(status)) ? "reached" : "waiting",
    deadlineMs: 180_000,
  });
  expect(ended).toHaveLength(DISTINCT);
  expect(ended.filter(({ status }) => status === "success")).toHaveLength(CONTAINERS);
}, 240_000);
