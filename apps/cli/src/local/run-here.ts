import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFmgError, type ErrorCode } from "@fmg/core";
import { tellDiagnostics } from "../config/tell.ts";
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

/** Runs a project's config here, tells what comes of it, and returns the exit code. */
export async function runHere(
  ui: Ui,
  project: Project,
  settings: LocalSettings,
  options: RunOptions,
): Promise<number> {
  const interrupts = listenForInterrupts((times) => {
    if (times === 1) ui.note("Stopping. Once more ends it at once.");
  });
  endWithReader(interrupts);
  const scratch = await mkdtemp(join(tmpdir(), "fmg-run-"));
  const { cancel: signal } = interrupts.control;
  try {
    const prepared = await prepareRun(project, settings, options, { scratch, signal });
    if (prepared.kind === "rejected") {
      const { source, diagnostics } = prepared;
      if (ui.json) await ui.document({ status: "error", diagnostics });
      else tellDiagnostics(ui, source, diagnostics);
      return 1;
    }
    tellDiagnostics(ui, prepared.source, prepared.warnings);
    assertAnswerable(ui, prepared, options);
    tellMissingContexts(ui, prepared, options);
    const result = await executeRun(ui, { project, settings, options, prepared, interrupts });
    if (ui.json) await ui.document(reportDocument(result));
    else for (const line of reportLines(result, ui)) await ui.line(line);
    return interrupts.exitCode() ?? exitCodeOf(result);
  } catch (thrown) {
    if (interrupts.exitCode() === undefined) throw explained(thrown);
    throw new CliError("interrupted", "interrupted", [], { cause: thrown });
  } finally {
    interrupts.close();
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
