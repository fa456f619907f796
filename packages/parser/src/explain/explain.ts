import type { LeftOut } from "@fmg/core";
import { isNull, type Node } from "../1-read/nodes.ts";
import { rangeOf, type Place } from "../1-read/source-file.ts";
import type { Compilation } from "../compile.ts";
import type { Callee, Frame } from "../diagnostic.ts";
import { withFrame, type Env } from "../4-expand/env.ts";
import type { ExpandedStep } from "../4-expand/steps.ts";
import { textField, textOf } from "../5-plan/fields.ts";
import type { JobNode } from "../5-plan/job-node.ts";
import type { ExpandedWorkflow } from "../5-plan/plan-workflow.ts";
import { asMap } from "../1-read/nodes.ts";
import type { ArgumentTrail, CallTrail, ConditionTrail, Explanation, StepTrail } from "./explanation.ts";
import { originsOf, type Origins } from "./origins.ts";
import { valuesIn } from "./values-in.ts";

/** What is asked for; what is not given may be anything. */
export interface ExplainQuery {
  readonly workflow?: string;
  /** A job's final name, or the name that its workflow invokes it by. */
  readonly job?: string;
  /** A step's number from 1, or its name. */
  readonly step?: number | string;
}

/**
 * Tells of every job that fits the query how it came to be, or what left it out: places, calls, arguments, values. An
 * empty list: nothing fits. Takes what `compile` returned, not a copy of it, which throws.
 */
export function explain(
  compilation: Extract<Compilation, { kind: "compiled" }>,
  query: ExplainQuery = {},
): readonly Explanation[] {
  const origins = originsOf(compilation);
  if (origins === undefined) throw new Error("explain() needs the very object that compile() returned");
  return origins.workflows
    .filter(({ shape }) => query.workflow === undefined || shape.name === query.workflow)
    .flatMap((workflow) => explainWorkflow(origins, workflow, query));
}

function explainWorkflow(
  origins: Origins,
  workflow: ExpandedWorkflow,
  query: ExplainQuery,
): readonly Explanation[] {
  const { shape, leftOut, jobs } = workflow;
  const reason = leftOut === undefined ? undefined : workflowReason(origins, workflow, leftOut);
  if (leftOut !== undefined && jobs.length === 0) {
    return shape.invocations
      .filter(({ job }) => query.step === undefined && (query.job === undefined || job === query.job))
      .map(({ job, place }) => ({
        workflow: shape.name,
        job,
        range: rangeOf(place),
        leftOut: reason!,
        keys: [],
        steps: [],
        leftOutSteps: [],
      }));
  }
  return jobs
    .filter(({ name, key }) => query.job === undefined || name === query.job || key === query.job)
    .map((job) => explainJob(origins, shape.name, job, reason, query.step))
    .filter(({ steps }) => query.step === undefined || steps.length > 0);
}

function workflowReason(origins: Origins, { shape }: ExpandedWorkflow, leftOut: LeftOut): ConditionTrail {
  const env = withFrame(origins.env, "", shape.place);
  const conditions = [shape.when, shape.unless].filter((node) => node !== undefined);
  const decided = leftOut.rule === "R-WHEN-1" ? conditions : [];
  return {
    message: `the workflow "${shape.name}" does not run: ${leftOut.message}`,
    rule: leftOut.rule,
    range: leftOut.range,
    values: decided.flatMap((node) => valuesIn(env, node)),
  };
}

function explainJob(
  origins: Origins,
  workflow: string,
  job: JobNode,
  reason: ConditionTrail | undefined,
  step: number | string | undefined,
): Explanation {
  const left = reason ?? (job.leftOut === undefined ? undefined : jobReason(job, job.leftOut));
  const frame = job.job?.env.frame;
  const definition = frame?.callee === undefined ? undefined : callTrail(frame, frame.callee);
  const steps = (job.job?.steps ?? []).map((expanded, index) => stepTrail(expanded, index + 1, frame));
  return {
    workflow,
    job: job.name,
    range: rangeOf(job.place),
    ...(left === undefined ? {} : { leftOut: left }),
    ...(definition === undefined ? {} : { definition }),
    keys: Array.from(job.job?.keys ?? [], ([name, { key }]) => ({ name, range: rangeOf(key) })),
    steps: steps.filter(({ number, name }) => step === undefined || number === step || name === step),
    leftOutSteps: origins.env.session.folded
      .filter(({ env }) => frame !== undefined && framesOf(env.frame).includes(frame))
      .map(({ key, condition, env }) => foldedTrail(key, condition, env)),
  };
}

function jobReason(job: JobNode, leftOut: LeftOut): ConditionTrail {
  const { filters } = job;
  const byExpression = leftOut.rule === "R-FLTX-1" && filters !== undefined && !isNull(filters);
  return {
    message: leftOut.message,
    rule: leftOut.rule,
    range: leftOut.range,
    values: byExpression ? valuesIn(job.env, filters) : [],
  };
}

function foldedTrail(key: "when" | "unless", condition: Node, env: Env): ConditionTrail {
  const message = `its \`${key}\` ${key === "when" ? "does not hold" : "holds"}`;
  return { message, range: rangeOf(condition), values: valuesIn(env, condition) };
}

/** The frames from the innermost to the outermost. */
function framesOf(frame: Frame | undefined): Frame[] {
  const frames: Frame[] = [];
  for (let at = frame; at !== undefined; at = at.parent) frames.push(at);
  return frames;
}

function stepTrail(step: ExpandedStep, number: number, job: Frame | undefined): StepTrail {
  const calls = framesOf(step.frame).flatMap((frame) =>
    frame === job || frame.callee?.kind !== "command" ? [] : [callTrail(frame, frame.callee)],
  );
  return {
    number,
    type: step.type,
    name: nameOf(step),
    range: rangeOf(step.place),
    calls: calls.reverse(),
    values: step.body === undefined ? [] : viasIn(step.body, []),
  };
}

function nameOf({ type, body }: ExpandedStep): string {
  const map = asMap(body);
  const named = textField(map, "name");
  if (named !== undefined) return named;
  const command = textField(map, "command") ?? textOf(body);
  return command === undefined ? type : command.trim().split("\n", 1)[0]!;
}

// A step with hundreds of values is rare, and its trail for reading.
const mostValues = 50;

function viasIn(node: Node, found: ArgumentTrail["via"][number][]): ArgumentTrail["via"][number][] {
  if (found.length >= mostValues) return found;
  if (node.kind === "list") for (const item of node.items) viasIn(item, found);
  else if (node.kind === "map") for (const { value } of node.entries.values()) viasIn(value, found);
  else found.push(...viaOf(node));
  return found;
}

function callTrail(frame: Frame, callee: Callee): CallTrail {
  return {
    kind: callee.kind,
    name: callee.name,
    ...(callee.orb === undefined ? {} : { orb: callee.orb }),
    definition: rangeOf(callee.place),
    calledAt: rangeOf(frame.place),
    arguments: callee.arguments().map(({ name, text, place, from }) => ({
      name,
      value: text,
      from,
      range: rangeOf(place),
      via: viaOf(place),
    })),
  };
}

// A chain is for reading; a value passed on thirty times is a loop in somebody's mind.
const longestChain = 30;

function viaOf(place: Place): ArgumentTrail["via"][number][] {
  const links: ArgumentTrail["via"][number][] = [];
  for (let via = place.via; via !== undefined && links.length < longestChain; via = via.place.via) {
    links.push({ message: via.message, range: rangeOf(via.place) });
  }
  return links;
}
