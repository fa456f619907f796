import { relative } from "node:path";
import { currentWorkflows, formatPlace, isFinal, rollUp, type Status } from "@fmg/core";
import type { TestResult } from "@fmg/runner";
import { bytesText, durationText } from "../../format.ts";
import { plain } from "../../ui.ts";
import type { JobRecord, RunRecord, StepRecord, WorkflowRecord } from "../board.ts";
import { countingAttempts } from "../engine.ts";
import type { RunStores } from "../stores/job-stores.ts";
import { durationOf } from "./live-output.ts";
import { signOf, statusColor } from "./status-signs.ts";

/** What a run came to. */
export interface RunResult {
  readonly run: RunRecord;
  readonly stores: Pick<RunStores, "artifacts" | "tests" | "artifactFolder">;
  readonly finishedAt: number;
  /** The file with the log of a step. */
  logOf(attemptId: number, step: number): string;
}

/** What a whole run is: the worst of its workflows, or where it stopped. (R-WST-1) */
export function runStatus({ workflows, rejected }: Pick<RunRecord, "workflows" | "rejected">): Status {
  if (rejected.length > 0) return "error";
  const current = currentWorkflows(workflows).map(({ status }) => status);
  return rollUp(current) ?? (current.includes("on_hold") ? "on_hold" : "running");
}

interface Paint {
  readonly color: boolean;
}

const mostFailedTests = 20;

/** The report at the end: failures first, then what else ran, and what did not and why. */
export function reportLines(result: RunResult, paint: Paint): string[] {
  const { run, finishedAt } = result;
  const status = runStatus(run);
  const head = `${status.toUpperCase().replace("_", " ")} in ${durationText(finishedAt - run.startedAt)}`;
  return [
    "",
    painted(paint, status, `${signOf(status)} ${head}`),
    ...currentWorkflows(run.workflows).flatMap((workflow) => workflowLines(result, workflow, paint)),
    ...run.rejected.map((each) => `✗ ${formatPlace(each.range)}  ${plain(each.message)}`),
    ...testLines(result),
    ...artifactLines(result),
  ];
}

function workflowLines(result: RunResult, workflow: WorkflowRecord, paint: Paint): string[] {
  const { plan, jobs, status, rerun } = workflow;
  if (plan.leftOut !== undefined) return [`⊘ ${plain(plan.name)}  ${plain(plan.leftOut.message)}`];
  const times = rerun === null ? "" : `, after ${rerun.number} ${rerun.number === 1 ? "rerun" : "reruns"}`;
  const title = result.run.workflows.length === 1 ? [] : [`${plain(plan.name)}  ${status}${times}`];
  const width = Math.max(...jobs.map((job) => plain(job.plan.name).length), 0);
  const ordered = jobs.toSorted((a, b) => weight(a.status) - weight(b.status));
  return [...title, ...ordered.flatMap((job) => jobLines(result, job, { width, color: paint.color }))];
}

function weight(status: Status): number {
  const order: Status[] = ["error", "failure", "canceled", "on_hold", "success", "skipped"];
  return order.includes(status) ? order.indexOf(status) : order.length;
}

function jobLines(result: RunResult, job: JobRecord, { width, color }: Paint & { width: number }): string[] {
  const took = durationOf(job);
  const name = plain(job.plan.name).padEnd(width);
  const time = (took === undefined ? "" : durationText(took)).padStart(8);
  const words = [...whatOf(job), ...cachesOf(job)].join("  ");
  const line = `  ${signOf(job.status)} ${name}  ${time}  ${words}`.trimEnd();
  return [painted({ color }, job.status, line), ...failedSteps(result, job)];
}

function whatOf({ status, message, isCarried }: JobRecord): string[] {
  if (isCarried) return ["as before"];
  if (status === "success") return [];
  const text = plain(message?.split("\n")[0] ?? "");
  return [status === "skipped" ? `not run: ${text}` : `${status}${text === "" ? "" : `: ${text}`}`];
}

/** The caches that a job found, and those that it did not. */
function cachesOf(job: JobRecord): string[] {
  const steps = countingAttempts(job).flatMap((attempt) => attempt.steps);
  const restored = steps.filter(({ kind }) => kind === "restore-cache");
  const hits = restored.flatMap(({ message }) => /^restored (.*)$/s.exec(message ?? "")?.[1] ?? []);
  const misses = restored.filter(({ reason }) => reason === "cache_missed").length;
  return [
    ...[...new Set(hits)].map((key) => `cache ${plain(key)}`),
    ...(misses === 0 ? [] : [misses === 1 ? "a cache missed" : `${misses} caches missed`]),
  ];
}

function failedSteps(result: RunResult, job: JobRecord): string[] {
  return countingAttempts(job).flatMap((attempt) =>
    attempt.steps.filter(hasFailed).map((step) => `      log: ${result.logOf(attempt.id, step.index)}`),
  );
}

export function hasFailed({ status, background }: StepRecord): boolean {
  return !background && (status === "failure" || status === "error");
}

/** The results of all tests that counted. */
export function testsOf({
  run,
  stores,
}: Pick<RunResult, "run" | "stores">): { job: string; test: TestResult }[] {
  return currentWorkflows(run.workflows).flatMap(({ jobs }) =>
    jobs.flatMap((job) =>
      (job.isCarried ? [] : countingAttempts(job)).flatMap(({ id }) =>
        [...(stores.tests.get(id)?.values() ?? [])].flat().map((test) => ({ job: job.plan.name, test })),
      ),
    ),
  );
}

function testLines(result: RunResult): string[] {
  const all = testsOf(result);
  if (all.length === 0) return [];
  const count = (kind: TestResult["result"]): number => all.filter(({ test }) => test.result === kind).length;
  const failed = all.filter(({ test }) => test.result === "failure");
  const more = failed.length - mostFailedTests;
  return [
    `Tests: ${count("success")} passed, ${count("failure")} failed, ${count("skipped")} skipped`,
    ...failed.slice(0, mostFailedTests).map(({ job, test }) => {
      const where = test.file === "" ? test.classname : test.file;
      return `  ✗ ${plain(test.name)}  (${plain([job, where].filter((part) => part !== "").join(", "))})`;
    }),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function artifactLines({ stores: { artifacts, artifactFolder } }: RunResult): string[] {
  if (artifacts.length === 0) return [];
  const files = new Map(artifacts.map(({ file, sizeBytes }) => [file, sizeBytes]));
  const bytes = [...files.values()].reduce((sum, each) => sum + each, 0);
  const count = files.size === 1 ? "1 file" : `${files.size} files`;
  return [
    `Artifacts: ${plain(relative(process.cwd(), artifactFolder) || ".")} (${count}, ${bytesText(bytes)})`,
  ];
}

function painted({ color }: Paint, status: Status, text: string): string {
  return color ? `\u001b[${statusColor(status)}m${text}\u001b[0m` : text;
}

/** The same as one document. */
export function reportDocument(result: RunResult): object {
  const { run, stores, finishedAt } = result;
  const tests = testsOf(result);
  return {
    number: run.number,
    status: runStatus(run),
    diagnostics: run.rejected,
    startedAt: isoTime(run.startedAt),
    finishedAt: isoTime(finishedAt),
    workflows: currentWorkflows(run.workflows).map((workflow) => ({
      name: workflow.plan.name,
      status: workflow.status,
      reruns: workflow.rerun?.number ?? 0,
      jobs: workflow.jobs.map((job) => jobDocument(result, job)),
    })),
    tests: tests.map(({ job, test }) => ({ job, ...test })),
    artifacts: stores.artifacts,
  };
}

function jobDocument(result: RunResult, job: JobRecord): object {
  return {
    name: job.plan.name,
    kind: job.plan.kind,
    status: job.status,
    reason: job.reason ?? null,
    message: job.message ?? null,
    carriedOver: job.isCarried,
    startedAt: isoTime(job.startedAt),
    finishedAt: isoTime(job.finishedAt),
    attempts: countingAttempts(job).map((attempt) => ({
      nodeIndex: attempt.nodeIndex,
      number: attempt.number,
      status: attempt.status,
      steps: attempt.steps.map((step) => ({
        index: step.index,
        name: step.name,
        kind: step.kind,
        status: step.status,
        exitCode: step.exitCode ?? null,
        durationMs: step.durationMs ?? null,
        message: step.message ?? null,
        log: isFinal(step.status) && step.status !== "skipped" ? result.logOf(attempt.id, step.index) : null,
      })),
    })),
  };
}

function isoTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
