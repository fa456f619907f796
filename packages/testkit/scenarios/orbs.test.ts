import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startStack, type Stack } from "../src/stack.ts";

let stack: Stack;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-orbs-"));
  stack = await startStack({ env: { FMG_ORBS_DIR: folder, FMG_ALLOWED_ORBS: "acme/greeter" } });
}, 60_000);
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
}, 60_000);

const publish = (version: string): Promise<void> =>
  writeFile(
    join(folder, `acme__greeter@${version}.yml`),
    `jobs:
  greet:
    parameters: {whom: {type: string}}
    docker: [{image: fmg-test/busybox:local}]
    steps: [{run: "echo hello << parameters.whom >> from ${version}"}]
`,
  );

const config = (orb: string) => `version: 2.1
orbs: {greeter: ${orb}}
workflows: {main: {jobs: [{greeter/greet: {whom: world}}]}}
`;

test("a pipeline's orbs stay at the versions that they came to: a rerun has them still, a fresh one the newest, and diff tells (R-ORB-2, R-ORB-12)", async () => {
  await publish("1.0.0");
  const files = { ".circleci/config.yml": config("acme/greeter@1") };
  const first = await stack.push("octo/orbs", { files });
  await stack.waitForPipeline(first.pipelineId, "success");
  expect(await stack.jobLog(first.pipelineId, "greeter/greet")).toContain("hello world from 1.0.0");

  await publish("1.1.0");
  const { items } = await stack.client.listWorkflows({ params: { id: first.pipelineId } });
  await stack.client.rerunWorkflow({ params: { id: items[0]!.id }, body: { from: "start" } });
  await stack.waitForPipeline(first.pipelineId, "success");
  expect(await stack.jobLog(first.pipelineId, "greeter/greet")).toContain("hello world from 1.0.0");

  const second = await stack.push("octo/orbs", { files, message: "Again" });
  await stack.waitForPipeline(second.pipelineId, "success");
  expect(await stack.jobLog(second.pipelineId, "greeter/greet")).toContain("hello world from 1.1.0");
  const diff = await stack.client.diffPipelines({
    params: { id: second.pipelineId },
    query: { before: first.pipelineId },
  });
  expect(diff.orbs).toEqual([
    { reference: "acme/greeter@1", before: "acme/greeter@1.0.0", after: "acme/greeter@1.1.0" },
  ]);
}, 120_000);

test("an orb that the operator did not allow is refused at its place in the config (R-ORB-9, R-ORB-10)", async () => {
  const files = { ".circleci/config.yml": config("acme/other@1") };
  const { pipelineId } = await stack.push("octo/orbs", { files });
  const { diagnostics } = await stack.waitForPipeline(pipelineId, "error");
  expect(diagnostics).toEqual([
    expect.objectContaining({
      code: "orb-unavailable",
      message: expect.stringContaining("only the orbs acme/greeter are allowed here"),
      range: expect.objectContaining({ start: { line: 2, column: 17 } }),
    }),
  ]);
}, 60_000);
