import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { startStack, type Stack } from "@fmg/testkit";

import { startFmg } from "../testing/run-fmg.ts";

// The stack, and processes of fmg.
jest.setTimeout(90_000);

const bin = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const config = `version: 2.1
jobs:
  test:
    docker: [{image: fmg-test/busybox:local}]
    steps: [{run: {name: checks, command: "echo one; echo two; exit 3"}}]
  hold: {type: approval}
workflows: {main: {jobs: [test, hold]}}
`;

let stack: Stack;
let pipelineId: number;
beforeAll(async () => {
  stack = await startStack();
  ({ pipelineId } = await stack.push("octo/agent", { files: { ".circleci/config.yml": config } }));
  await stack.waitForPipeline(pipelineId, "running");
}, 90_000);
afterAll(() => stack.stop(), 60_000);

/** An agent that has started `fmg mcp`. */
async function anAgent(...flags: string[]) {
  const client = new Client({ name: "agent", version: "1" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ["--conditions=@fmg/source", bin, "mcp", ...flags],
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"]!, FMG_SERVER_URL: stack.api.url!, FMG_TOKEN: stack.adminToken },
  });
  await client.connect(transport);
  return {
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    async ask(name: string, input: Record<string, unknown> = {}) {
      const { content, isError = false } = await client.callTool({ name, arguments: input });
      const [first] = content as readonly { readonly text: string }[];
      return { isError, text: first!.text };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

test("an agent reads pipelines, reasons and logs of a server, and is offered nothing that changes it", async () => {
  await using agent = await anAgent();
  expect(await agent.names()).toEqual([
    "list_pipelines",
    "show_pipeline",
    "explain_failure",
    "why",
    "read_log",
    "list_tests",
    "list_artifacts",
    "diff_pipelines",
    "validate_config",
  ]);
  const json = async (name: string, input: Record<string, unknown>) => {
    const { isError, text } = await agent.ask(name, input);
    expect({ isError, text }).toMatchObject({ isError: false });
    return JSON.parse(text) as unknown;
  };
  // The hold keeps the pipeline open; its other job ends by itself.
  for (let status: unknown; status !== "failure";) {
    const shown = (await json("show_pipeline", { pipeline: "latest" })) as { jobs: { status: string }[] };
    status = shown.jobs[0]?.status;
  }
  expect(await json("explain_failure", { pipeline: pipelineId })).toMatchObject({
    failures: [
      { job: "test", step: { name: "checks", exitCode: 3 }, lastLines: expect.arrayContaining(["two"]) },
    ],
  });
  expect(await json("read_log", { pipeline: "latest", job: "test", step: 1, lines: 3 })).toMatchObject({
    lines: expect.arrayContaining(["two"]),
  });
  expect(await json("why", { pipeline: pipelineId, job: "hold" })).toMatchObject({
    items: [{ status: "on_hold" }],
  });
  expect(await json("list_pipelines", { repo: "octo/agent" })).toMatchObject({ items: [{ id: pipelineId }] });
  expect(await json("validate_config", { text: "version: 9" })).toMatchObject({ valid: false });
});

test("what an agent asks wrongly is answered with what to do; what is not offered is refused", async () => {
  await using agent = await anAgent();
  expect(await agent.ask("show_pipeline", { pipeline: 999 })).toEqual({
    isError: true,
    text: "there is no pipeline 999\nAll pipelines:  fmg list",
  });
  expect(await agent.ask("list_pipelines", { limit: 1000 })).toMatchObject({ isError: true });
  await expect(agent.ask("cancel", { pipeline: pipelineId })).rejects.toThrow(/cancel/);
  expect((await stack.client.getPipeline({ params: { id: pipelineId } })).status).toBe("running");
});

test("with --allow-write an agent approves, cancels and starts again, and the audit names its token", async () => {
  await using agent = await anAgent("--allow-write");
  expect(await agent.names()).toEqual(
    expect.arrayContaining(["trigger_pipeline", "rerun", "cancel", "approve"]),
  );
  const approved = await agent.ask("approve", { pipeline: pipelineId, job: "hold", note: "looks good" });
  expect(approved).toMatchObject({ isError: false });
  await stack.waitForPipeline(pipelineId, "failure");
  const [entry] = (await stack.client.listAudit({ query: { limit: 1 } })).items;
  expect(entry).toMatchObject({ action: "job.approve", detail: expect.stringContaining("looks good") });
  const rerun = await agent.ask("rerun", { pipeline: pipelineId, from: "failed" });
  expect(JSON.parse(rerun.text)).toMatchObject({ items: [{ name: "main", rerun: { from: "failed" } }] });
  expect(await agent.ask("cancel", { pipeline: pipelineId })).toMatchObject({ isError: false });
});

test("fmg mcp ends with its agent", async () => {
  const server = startFmg(["mcp", "--server-url", stack.api.url!], { env: { FMG_TOKEN: stack.adminToken } });
  server.child.stdin!.end();
  await once(server.child, "exit");
  expect(await server.ended).toEqual({ code: 0, stdout: "", stderr: "" });
});
