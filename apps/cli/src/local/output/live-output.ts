import type { JobEvent } from "@fmg/core";
import { durationText } from "../../format.ts";
import { openTerminalFilter, type TerminalFilter } from "../../log/terminal-filter.ts";
import { plain } from "../../ui.ts";
import type { JobRecord, RunRecord } from "../board.ts";
import type { RunListener, Subject } from "../engine.ts";
import { openLineSplitter, type LineSplitter } from "./line-splitter.ts";
import { signOf, statusColor } from "./status-signs.ts";

/** Where lines go. */
export interface LineSink {
  /** Whether a person reads it on a terminal. */
  readonly terminal: boolean;
  readonly color: boolean;
  /** Resolves when the reader has taken it. */
  write(bytes: Uint8Array): Promise<void>;
}

/** The output of jobs while they run, line by line, each with the name of its job before it. */
export interface LiveOutput extends RunListener {
  /** Keeps lines back while something else has the terminal; calls the returned function to go on. */
  hold(): () => Promise<void>;
}

const prefixColors = [36, 33, 35, 34, 32, 96, 93, 95];
const longestPrefix = 30;
/** What other jobs say while a person has the terminal; more is in their logs. */
const mostHeldBytes = 1_000_000;

/** Of a step: what makes lines of its bytes, and them safe. */
interface StepLines {
  readonly splitter: LineSplitter;
  readonly filter: TerminalFilter | undefined;
}

export function openLiveOutput(run: RunRecord, sink: LineSink): LiveOutput {
  const label = labeller(run);
  const names = labels(run, label);
  // A setup job may bring more jobs with longer names.
  let width = Math.min(longestPrefix, Math.max(0, ...names.map((each) => each.length)));
  // In the order of the config, whoever speaks first.
  const colors = new Map(names.map((name, index) => [name, prefixColors[index % prefixColors.length]!]));
  const steps = new Map<string, StepLines>();
  let held: Buffer[] | undefined;
  let heldBytes = 0;
  let dropped = false;

  function prefix(name: string): string {
    const shown = plain(name);
    if (!sink.terminal) return `[${shown}] `;
    width = Math.max(width, Math.min(longestPrefix, shown.length));
    const cut = shown.length > width ? `${shown.slice(0, width - 1)}…` : shown.padEnd(width);
    if (!sink.color) return `${cut} | `;
    const color = colors.get(name) ?? prefixColors[colors.size % prefixColors.length]!;
    colors.set(name, color);
    return `\u001b[${color}m${cut} |\u001b[0m `;
  }

  async function put(lines: readonly Buffer[]): Promise<void> {
    if (lines.length === 0) return;
    const bytes = Buffer.concat(lines);
    if (held === undefined) return sink.write(bytes);
    if (heldBytes + bytes.length > mostHeldBytes) dropped = true;
    else {
      held.push(bytes);
      heldBytes += bytes.length;
    }
  }

  const say = (name: string, text: string): Promise<void> => put([Buffer.from(`${prefix(name)}${text}\n`)]);

  /** Log lines; on a terminal a colour that is left open ends with its line. */
  function printed(name: string, lines: readonly Buffer[]): Buffer[] {
    const before = Buffer.from(prefix(name));
    const end = Buffer.from(sink.terminal && sink.color ? "\u001b[0m\n" : "\n");
    return lines.map((line) => Buffer.concat([before, line, end]));
  }

  function linesOf(key: string): StepLines {
    const known = steps.get(key);
    if (known !== undefined) return known;
    const filter = sink.terminal ? openTerminalFilter({ color: sink.color, cursor: "dropped" }) : undefined;
    const opened = { splitter: openLineSplitter(), filter };
    steps.set(key, opened);
    return opened;
  }

  return {
    async event(subject, event) {
      const name = label(subject);
      const step = "step" in event ? subject.attempt.steps[event.step] : undefined;
      switch (event.kind) {
        case "step-started":
          return say(name, bold(sink, `> ${plain(step?.name ?? "")}`));
        case "log": {
          const { splitter, filter } = linesOf(`${subject.attempt.id}/${event.step}`);
          const bytes = filter === undefined ? event.bytes : filter.push(event.bytes);
          return put(printed(name, splitter.push(bytes)));
        }
        case "step-finished": {
          const key = `${subject.attempt.id}/${event.step}`;
          await put(printed(name, steps.get(key)?.splitter.finish() ?? []));
          steps.delete(key);
          const line = endOfStep(event, step);
          return line === undefined ? undefined : say(name, colored(sink, event.outcome.status, line));
        }
        case "image-resolved":
        case "usage":
          return;
      }
    },
    async jobEnded(workflow, job) {
      const { status, message } = job;
      const took = durationOf(job);
      const why = message === undefined || status === "success" ? "" : `: ${plain(message.split("\n")[0]!)}`;
      const time = took === undefined ? "" : ` in ${durationText(took)}`;
      await say(label({ workflow, job }), colored(sink, status, `${signOf(status)} ${status}${time}${why}`));
    },
    hold() {
      held ??= [];
      return async () => {
        const kept = held ?? [];
        held = undefined;
        heldBytes = 0;
        if (kept.length > 0) await sink.write(Buffer.concat(kept));
        if (dropped) await sink.write(Buffer.from("(more lines of other jobs are in their logs)\n"));
        dropped = false;
      };
    },
  };
}

/** How long a job ran; undefined: it never did. */
export function durationOf({ startedAt, finishedAt }: JobRecord): number | undefined {
  return startedAt === undefined || finishedAt === undefined ? undefined : finishedAt - startedAt;
}

type Ended = Extract<JobEvent, { kind: "step-finished" }>;

/** Steps that went well or never ran are told by what comes next. */
function endOfStep(
  { outcome }: Ended,
  step: Subject["attempt"]["steps"][number] | undefined,
): string | undefined {
  if (outcome.status !== "failure" && outcome.status !== "error") return undefined;
  const time = step?.durationMs === undefined ? "" : ` (${durationText(step.durationMs)})`;
  return `${signOf(outcome.status)} ${plain(step?.name ?? "")}: ${plain(outcome.message ?? outcome.status)}${time}`;
}

type Labelled = Pick<Subject, "workflow" | "job"> & {
  readonly attempt?: Pick<Subject["attempt"], "nodeIndex" | "nodeTotal">;
};

/** A job's name, with its node where it has several, and with its workflow where the name stands in two. */
function labeller(run: RunRecord): (subject: Labelled) => string {
  const workflowsOf = new Map<string, Set<string>>();
  for (const { plan, jobs } of run.workflows) {
    for (const { plan: job } of jobs) {
      workflowsOf.set(job.name, (workflowsOf.get(job.name) ?? new Set()).add(plan.name));
    }
  }
  return ({ workflow, job, attempt }) => {
    const { name } = job.plan;
    const full = (workflowsOf.get(name)?.size ?? 0) > 1 ? `${workflow.plan.name}/${name}` : name;
    return attempt === undefined || attempt.nodeTotal < 2 ? full : `${full} (node ${attempt.nodeIndex})`;
  };
}

/** The longest that each job that runs will have. */
function labels(run: RunRecord, label: (subject: Labelled) => string): string[] {
  return run.workflows.flatMap((workflow) =>
    workflow.jobs.flatMap((job) => {
      if (job.plan.leftOut !== undefined || job.isCarried) return [];
      const nodeTotal = job.plan.kind === "build" ? job.plan.parallelism : 1;
      return [label({ workflow, job, attempt: { nodeTotal, nodeIndex: nodeTotal - 1 } })];
    }),
  );
}

function bold({ color }: LineSink, text: string): string {
  return color ? `\u001b[1m${text}\u001b[0m` : text;
}

function colored({ color }: LineSink, status: string, text: string): string {
  return color ? `\u001b[${statusColor(status)}m${text}\u001b[0m` : text;
}
