import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pipeline } from "@fmg/client";
import { approveHold } from "./approve-hold.ts";
import { runLocally, type LocalResult } from "./run-locally.ts";
import type { ExpectedOutcome, ScenarioCase } from "./scenario-cases.ts";
import type { Push, Stack } from "./stack.ts";

/** Pushes a scenario's repository to a server, and does what its people do, until the pipeline has ended as it must. */
export async function playOnServer(
  stack: Stack,
  { name, repo, expected }: ScenarioCase,
): Promise<Push & { readonly pipeline: Pipeline }> {
  for (const [context, variables] of Object.entries(expected.contexts ?? {})) {
    await stack.client.createContext({ body: { name: context } });
    for (const [variable, value] of Object.entries(variables)) {
      await stack.client.setContextVariable({ params: { context, variable }, body: { value } });
    }
  }
  const pushed = await stack.push(`octo/${name}`, { files: { folder: repo }, ...expected.push });
  const { pipelineId } = pushed;
  for (const hold of expected.approve ?? []) await approveHold(stack, pipelineId, hold);
  if (expected.again !== undefined) {
    await stack.waitForPipeline(pipelineId, expected.again.after);
    const [job] = await stack.jobs(pipelineId);
    await stack.client.rerunWorkflow({ params: { id: job!.workflow.id }, body: { from: "failed" } });
  }
  return { ...pushed, pipeline: await stack.waitForPipeline(pipelineId, expected.pipeline.status) };
}

/** The same scenario by `fmg run`; `use` looks at what came of it. */
export async function playLocally(
  { name, repo, expected }: ScenarioCase,
  use: (result: LocalResult) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fmg-variables-"));
  try {
    const variables = join(folder, "variables");
    await writeFile(variables, envFileOf(expected.contexts ?? {}));
    const args = ["--env-file", variables, ...argsOf(expected)];
    const again = expected.again === undefined ? [] : [[...args, "--from", expected.again.from]];
    await runLocally({ folder: repo }, { repository: `octo/${name}`, args, again }, use);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function argsOf({ push = {}, approve = [] }: ExpectedOutcome): string[] {
  const { branch, tag } = push;
  return [
    ...(branch === undefined ? [] : ["--branch", branch]),
    ...(tag === undefined ? [] : ["--tag", tag]),
    ...approve.flatMap((hold) => ["--approve", hold]),
  ];
}

function envFileOf(contexts: NonNullable<ExpectedOutcome["contexts"]>): string {
  const sections = Object.entries(contexts).map(([context, variables]) => {
    const lines = Object.entries(variables).map(([variable, value]) => `${variable}=${value}\n`);
    return `[${context}]\n${lines.join("")}`;
  });
  return sections.join("");
}
