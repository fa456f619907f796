import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { afterEach, expect, test } from "@jest/globals";
import { injections } from "@fmg/core/testing";
import { runGit } from "@fmg/git/testing";
import { startStack, type Stack } from "../src/stack.ts";

const canary = `/tmp/pwned-${randomBytes(4).toString("hex")}`;
const texts = injections(canary);
const run = texts[0]!;

const config = `version: 2.1
jobs:
  look:
    docker:
      - image: fmg-test/busybox:local
    steps:
      - checkout
      - run: printf '%s' "$CIRCLE_BRANCH" | od -An -v -tx1 | tr -d ' \\n'; echo
      - run: ls -A files | wc -l; for f in files/*; do cat "./$f"; done | sort -u
      - run: find / -xdev -name 'pwned-*'
      - store_artifacts: { path: files }
workflows:
  main:
    jobs:
      - look: { filters: { branches: { only: ['${run}'] } } }
`;

let stack: Stack | undefined;
afterEach(() => stack?.stop(), 60_000);

test("hostile branches, tags, messages and file names go through git, SQL, the API, GitHub and Docker as what they are (SEC-10)", async () => {
  stack = await startStack();
  const { client } = stack;
  // What a file system and git take: a name of one line, in ASCII, without a slash.
  const names = texts.filter((text) => /^[ -.0-~]{2,200}$/.test(text));
  const files = Object.fromEntries(names.map((name) => [`files/${name}`, "kept\n"]));
  const push = (at: { branch: string } | { tag: string }, message: string) =>
    stack!.push("octo/hostile", { ...at, message, files: { ...files, ".circleci/config.yml": config } });
  const refs: string[] = [];
  for (const text of texts) {
    const valid = await runGit("/", ["check-ref-format", "--branch", text]).then(
      () => text.length < 200,
      () => false,
    );
    if (valid) refs.push(text);
  }
  expect(refs.length).toBeGreaterThanOrEqual(25);

  const pipelines = new Map<string, number>();
  for (const [n, branch] of refs.entries()) {
    // Messages take what refs do not.
    const { pipelineId } = await push({ branch }, texts[(n * 2 + 1) % texts.length]!);
    pipelines.set(branch, pipelineId);
  }
  const tagged = await push({ tag: run }, "a tag");
  for (const [branch, id] of pipelines)
    await stack.waitForPipeline(id, branch === run ? "success" : "skipped");
  await stack.waitForPipeline(tagged.pipelineId, "skipped");

  for (const [branch, id] of pipelines) {
    const { items } = await client.listPipelines({ query: { branch } });
    expect(items.map((pipeline) => [pipeline.id, pipeline.branch])).toEqual([[id, branch]]);
  }
  const job = (await stack.jobs(pipelines.get(run)!))[0]!;
  expect(await stack.jobLog(pipelines.get(run)!, "look")).toContain(
    `${Buffer.from(run).toString("hex")}\n${names.length}\nkept\n`,
  );
  const artifacts = await client.listArtifacts({ params: { id: job.id }, query: { limit: 100 } });
  expect(artifacts.items.map(({ path }) => path).sort()).toEqual(names.map((name) => `files/${name}`).sort());
  expect(existsSync(canary)).toBe(false);
  expect(JSON.stringify(stack.orchestrator.log)).not.toContain('"level":50');
}, 240_000);
