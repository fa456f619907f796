import type { Attempt, Job, Pipeline } from "@fmg/client";

import { jobLabel, quoted } from "../choose-job.ts";
import { durationText } from "../format.ts";
import { signOf, statusColor } from "../local/output/status-signs.ts";
import { columnsOf, tableLines } from "../table.ts";
import { plain, type Ui } from "../ui.ts";

/** A step as it is shown below its attempt. */
export interface ShownStep {
  readonly name: string;
  readonly status: Job["status"];
  readonly durationMs: number | null;
}

/** A pipeline, its jobs, and the steps of those attempts that are to show them. */
export interface ShownPipeline {
  readonly pipeline: Pipeline;
  readonly jobs: readonly Job[];
  readonly stepsOf?: (attemptId: number) => readonly ShownStep[];
}

type Paint = Pick<Ui, "color" | "status" | "width">;

/** One job, or one node of a job that has several. */
interface Row {
  readonly status: Job["status"];
  readonly label: string;
  readonly took: string;
  readonly what: string;
  readonly steps: readonly ShownStep[];
}

/** A pipeline as lines: what it is of and how it stands, then its jobs with their times, reasons and what to do about them. */
export function pipelineLines(shown: ShownPipeline, paint: Paint, now: number): string[] {
  const { pipeline, jobs } = shown;
  const workflows = [...Map.groupBy(jobs, ({ workflow }) => workflow.id).values()];
  const isOne = workflows.length === 1;
  return [
    headLine(pipeline, paint, now),
    ...workflows.flatMap((own) => {
      const rows = own.flatMap((job) => rowsOf(shown, job, now));
      const title = isOne ? [] : [`  ${plain(own[0]!.workflow.name)}`];
      return [...title, ...linesOf(rows, paint, isOne ? "  " : "    ")];
    }),
  ];
}

/** `Pipeline 5  octo/repo  main  a1b2c3d "Fix the parser"  by ada  FAILURE in 3m40s` */
function headLine(pipeline: Pipeline, { status }: Paint, now: number): string {
  const { id, repo, branch, tag, sha, commit, createdAt, finishedAt } = pipeline;
  const by = commit.author === null ? [] : [`by ${plain(commit.author)}`];
  const time = durationText(spanOf(createdAt, finishedAt, now));
  return [
    `Pipeline ${id}`,
    plain(`${repo.owner}/${repo.name}`),
    plain(branch ?? tag ?? ""),
    `${sha.slice(0, 7)} "${plain(commit.subject)}"`,
    ...by,
    `${status(pipeline.status)} ${finishedAt === null ? "for" : "in"} ${time}`,
  ].join("  ");
}

function rowsOf({ jobs, stepsOf = () => [] }: ShownPipeline, job: Job, now: number): Row[] {
  const label = jobLabel(job, jobs);
  const nodes = job.attempts.length > 1 ? job.attempts : [];
  if (nodes.length === 0) {
    const [attempt] = job.attempts;
    const steps = attempt === undefined ? [] : stepsOf(attempt.id);
    return [{ status: job.status, label, took: tookOf(job, now), what: whatOf(job, label, attempt), steps }];
  }
  return nodes.map((attempt) => ({
    status: attempt.status,
    label: `${label} (node ${attempt.nodeIndex})`,
    took: tookOf(attempt, now),
    what: whatOf({ ...attempt, pipelineId: job.pipelineId }, label, attempt),
    steps: stepsOf(attempt.id),
  }));
}

type Standing = Pick<Job, "status" | "message" | "reason" | "pipelineId">;

function whatOf({ status, message, reason, pipelineId }: Standing, label: string, attempt?: Attempt): string {
  const why = plain(message?.split("\n")[0] ?? reason ?? "");
  const node = attempt === undefined || attempt.nodeTotal < 2 ? "" : ` --node ${attempt.nodeIndex}`;
  switch (status) {
    case "failure":
    case "error":
      return attempt === undefined ? why : `${why}  -> fmg logs ${pipelineId} ${quoted(label)}${node}`;
    case "on_hold":
      return `waits for a person  -> fmg approve ${pipelineId} ${quoted(label)}`;
    case "queued": {
      const place = attempt?.queue == null ? [] : [`place ${attempt.queue.place} in the line`];
      return [why, ...place].filter((part) => part !== "").join(", ");
    }
    case "skipped":
      return why === "" ? "not run" : `not run: ${why}`;
    case "success":
    case "running":
    case "pending":
    case "blocked":
      return "";
    case "canceled":
      return why;
  }
}

function linesOf(rows: readonly Row[], { color, width }: Paint, indent: string): string[] {
  const lines = tableLines(
    rows.map(({ status, label, took, what }) => [`${signOf(status)} ${label}`, took, what]),
    { width: width === undefined ? undefined : width - columnsOf(indent), tabs: false, right: [1] },
  );
  return rows.flatMap(({ status, steps }, index) => [
    indent + painted(lines[index]!, status, color),
    ...steps.map((step) => {
      const took = step.durationMs === null ? "" : `  ${durationText(Math.round(step.durationMs))}`;
      return `${indent}    ${painted(`${signOf(step.status)} ${plain(step.name)}${took}`, step.status, color)}`;
    }),
  ]);
}

/** The sign alone has the colour: what stands beside it is read. */
function painted(line: string, status: Job["status"], color: boolean): string {
  const sign = signOf(status);
  const code = statusColor(status);
  return color && code !== 0 ? `\u001b[${code}m${sign}\u001b[0m${line.slice(sign.length)}` : line;
}

function tookOf({ startedAt, finishedAt }: Pick<Job, "startedAt" | "finishedAt">, now: number): string {
  return startedAt === null ? "" : durationText(spanOf(startedAt, finishedAt, now));
}

function spanOf(from: string, to: string | null, now: number): number {
  return Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from));
}
