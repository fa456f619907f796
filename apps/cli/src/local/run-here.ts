import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFmgError, type ErrorCode } from "@fmg/core";
import type { JobControl } from "@fmg/runner";
import { tellDiagnostics, tellRejected } from "../config/tell.ts";
import { CliError, type CliErrorCode } from "../errors.ts";
import { plain, type Ui } from "../ui.ts";
import { missingContexts } from "./env-file.ts";
import { executeRun, type ExecutionOptions } from "./execute-run.ts";
import { listenForInterrupts, type Interrupts } from "./interrupts.ts";
import type { LocalSettings } from "./local-settings.ts";
import { reportDocument, reportLines, runStatus, type RunResult } from "./output/run-report.ts";
import { jobsToRun, prepareRun, type PreparedRun, type RunWish } from "./prepare-run.ts";
import type { Project } from "./project.ts";

/** What to run of a config, and how. */
export type RunOptions = RunWish & ExecutionOptions;

/** Where runs are told, of what, and on what. */
export interface RunPlace {
  readonly ui: Ui;
  readonly project: Project;
  readonly settings: LocalSettings;
}

/** Runs a project's config here, tells what comes of it, and returns the exit code. */
export function runHere(place: RunPlace, options: RunOptions): Promise<number> {
  return interruptible(place.ui, async ({ control }) => {
    const { result } = await runOnce(place, options, control);
    return result === undefined ? 1 : exitCodeOf(result);
  });
}

/** Does something that Ctrl-C ends in order, and then ends with the signal's own exit code. */
export async function interruptible(
  ui: Ui,
  work: (interrupts: Interrupts) => Promise<number>,
): Promise<number> {
  const interrupts = listenForInterrupts((times) => {
    if (times === 1) ui.note("Stopping. Once more ends it at once.");
  });
  endWithReader(interrupts);
  try {
    const code = await work(interrupts);
    return interrupts.exitCode() ?? code;
  } catch (thrown) {
    if (interrupts.exitCode() === undefined) throw explained(thrown);
    throw new CliError("interrupted", "interrupted", [], { cause: thrown });
  } finally {
    interrupts.close();
  }
}

/** One run; of a config that is refused there is no result, and it is told why. */
export async function runOnce(
  { ui, project, settings }: RunPlace,
  options: RunOptions,
  control: JobControl,
): Promise<{ readonly prepared?: PreparedRun; readonly result?: RunResult }> {
  const scratch = await mkdtemp(join(tmpdir(), "fmg-run-"));
  try {
    const prepared = await prepareRun(project, settings, options, { scratch, signal: control.cancel });
    if (prepared.kind === "rejected") {
      await tellRejected(ui, prepared.source, prepared.diagnostics);
      return {};
    }
    tellDiagnostics(ui, prepared.source, prepared.warnings);
    assertAnswerable(ui, prepared, options);
    tellMissingContexts(ui, prepared, options);
    const result = await executeRun(ui, { project, settings, options, prepared, control });
    if (ui.json) await ui.document(reportDocument(result));
    else for (const line of reportLines(result, ui)) await ui.line(line);
    return { prepared, result };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Who pipes into `head` wants no more: the run ends, and takes its containers along. */
function endWithReader(interrupts: Interrupts): void {
  process.stdout.removeAllListeners("error");
  process.stdout.on("error", () => {
    if (interrupts.exitCode() === undefined) interrupts.interrupt();
  });
}

function exitCodeOf({ run }: RunResult): number {
  const status = runStatus(run);
  if (status === "success" || status === "skipped") return 0;
  return status === "canceled" || status === "on_hold" ? 7 : 1;
}

/** A question that nobody can answer is told before anything runs. */
function assertAnswerable(ui: Ui, { selected }: PreparedRun, { approve, approveAll }: RunOptions): void {
  if (ui.canPrompt || approveAll) return;
  const held = jobsToRun(selected).filter(({ kind, name }) => kind === "approval" && !approve.includes(name));
  if (held.length === 0) return;
  const names = held.map(({ name }) => name);
  throw new CliError("usage", `${names.join(", ")} must be approved, and there is no terminal to ask on`, [
    `Approve it:   fmg run ${names.map((name) => `--approve ${name}`).join(" ")}`,
    "Or all:       fmg run --yes",
  ]);
}

function tellMissingContexts(ui: Ui, { selected }: PreparedRun, { variables }: RunOptions): void {
  for (const name of missingContexts(variables, jobsToRun(selected))) {
    ui.note(`The context ${plain(name)} is in no --env-file: its variables are missing.`);
  }
}

const codes: Partial<Record<ErrorCode, CliErrorCode>> = {
  docker_unavailable: "unreachable",
  settings_invalid: "usage",
};
const hints: Partial<Record<ErrorCode, string>> = {
  docker_unavailable: "Is Docker running?   docker ps must work; DOCKER_HOST names another one",
};

function explained(thrown: unknown): unknown {
  if (!isFmgError(thrown)) return thrown;
  const { code, message } = thrown;
  const hint = hints[code];
  return new CliError(codes[code] ?? "failed", message, hint === undefined ? [] : [hint], { cause: thrown });
}
