import type { Attempt, Job } from "@fmg/client";

import { jobLabel, severalJobs } from "./choose-job.ts";
import { CliError } from "./errors.ts";
import type { JobsMeant, LabelledJob } from "./jobs-meant.ts";
import type { Ui } from "./ui.ts";

/** The one job that is meant, asked for where there are several; throws CliError `usage` where nobody can be asked. */
export async function oneJobOf(
  ui: Ui,
  { pipeline, jobs, meant, isOne }: JobsMeant,
  command: string,
): Promise<LabelledJob> {
  if (isOne) return meant[0]!;
  const some = meant.map(({ job }) => job);
  if (some.length === 0) {
    throw new CliError("not-found", `pipeline ${pipeline.id} has no jobs`, [
      `What became of it:  fmg why ${pipeline.id}`,
    ]);
  }
  if (!ui.canPrompt) throw severalJobs(some, pipeline.id, command);
  const job = await chooseJob(ui, some, pipeline.id);
  return { job, label: jobLabel(job, jobs) };
}

/** Asks which job is meant. Questions go to stderr: stdout is the log's. */
export async function chooseJob(ui: Ui, jobs: readonly Job[], pipelineId: number): Promise<Job> {
  const width = Math.max(...jobs.map((job) => jobLabel(job, jobs).length));
  const choices = jobs.map((job) => ({
    value: job,
    short: jobLabel(job, jobs),
    name: `${jobLabel(job, jobs).padEnd(width)}   ${job.status.toUpperCase()}`,
  }));
  return ask(ui, `Which job of pipeline ${pipelineId}?`, choices);
}

/** Asks which node of a job with parallelism is meant. */
export async function chooseNode(ui: Ui, attempts: readonly Attempt[], label: string): Promise<Attempt> {
  const choices = attempts.map((attempt) => ({
    value: attempt,
    short: String(attempt.nodeIndex),
    name: `node ${attempt.nodeIndex}   ${attempt.status.toUpperCase()}`,
  }));
  return ask(ui, `Which node of ${label}?`, choices);
}

/** Asks for something that must not be seen; nothing that is typed shows. */
export async function askHidden(ui: Ui, message: string): Promise<string> {
  const { password } = await import("@inquirer/prompts");
  return answer(ui, () => password({ message, mask: false }, { output: process.stderr }));
}

/** Goes on when a person says yes or has said `--yes`; throws else. */
export async function assertConfirmed(ui: Ui, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!ui.canPrompt) throw new CliError("usage", "this is not done without being asked for", ["Add --yes."]);
  if (!(await askYesOrNo(ui, question)))
    throw new CliError("canceled", "nothing was changed", ["Who means it answers y, or adds --yes."]);
}

/** Asks a question whose answer is no unless told otherwise. */
export async function askYesOrNo(ui: Ui, message: string): Promise<boolean> {
  const { confirm } = await import("@inquirer/prompts");
  return answer(ui, () => confirm({ message, default: false }, { output: process.stderr }));
}

interface Choice<T> {
  readonly value: T;
  readonly name: string;
  readonly short: string;
}

async function ask<T>(ui: Ui, message: string, choices: readonly Choice<T>[]): Promise<T> {
  const { select } = await import("@inquirer/prompts");
  return answer(ui, () => select({ message, choices, loop: false }, { output: process.stderr }));
}

async function answer<T>(ui: Ui, put: () => Promise<T>): Promise<T> {
  // The one way to tell it: it looks at this variable at each line that it draws.
  if (!ui.color) process.env["NO_COLOR"] = "1";
  try {
    return await put();
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== "ExitPromptError") throw thrown;
    throw new CliError("interrupted", "interrupted", [], { cause: thrown });
  }
}
