import type { RunStepPlan } from "@fmg/core";
import { asMap, valueAt, type MapNode } from "../1-read/nodes.ts";
import { report } from "../diagnostic.ts";
import type { Env } from "../4-expand/env.ts";
import type { ExpandedStep } from "../4-expand/steps.ts";
import { parseDuration } from "./durations.ts";
import { environmentPlan, flagField, integerField, textField, textOf, wordsOf } from "./fields.ts";
import { common, optional } from "./step-fields.ts";

const defaultTimeoutMs = 10 * 60_000;
const maximumDelayMs = 10 * 60_000;

/** A `run` step, in its short or its long form. (R-RUN-*) */
export function planRun(env: Env, step: ExpandedStep): RunStepPlan | undefined {
  const body = asMap(step.body);
  const command = body === undefined ? textOf(step.body) : textField(body, "command");
  if (command === undefined) return undefined;
  const shell = wordsOf(valueAt(body, "shell"));
  checkReruns(env, body);
  return {
    kind: "run",
    ...common(step, body, command),
    command,
    ...optional("shell", shell),
    environment: environmentPlan(env, valueAt(body, "environment")),
    ...optional("workingDirectory", textField(body, "working_directory")),
    background: flagField(body, "background"),
    noOutputTimeoutMs: timeoutOf(env, body),
    maxAutoReruns: integerField(body, "max_auto_reruns") ?? 0,
    autoRerunDelayMs: delayOf(body),
  };
}

function delayOf(body: MapNode | undefined): number {
  const delay = textField(body, "auto_rerun_delay");
  return (delay === undefined ? undefined : parseDuration(delay)) ?? 0;
}

function timeoutOf(env: Env, body: MapNode | undefined): number {
  const node = valueAt(body, "no_output_timeout");
  const text = textOf(node);
  if (node === undefined || text === undefined) return defaultTimeoutMs;
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && text.trim() !== "") {
    const message = `\`no_output_timeout: ${text}\` has no unit; it is taken as seconds`;
    report(env, "duration-without-unit", node, message, { hint: `Write \`${text}s\`.` });
    return Math.round(seconds * 1_000);
  }
  report(env, "wrong-value", node, `\`no_output_timeout\` must be a duration such as "10m", not "${text}"`, {
    rule: "R-RUN-2",
  });
  return defaultTimeoutMs;
}

function checkReruns(env: Env, body: MapNode | undefined): void {
  const delay = body?.entries.get("auto_rerun_delay");
  const maximum = body?.entries.get("max_auto_reruns");
  if (delay !== undefined && maximum === undefined) {
    report(env, "auto-reruns", delay.key, "`auto_rerun_delay` needs `max_auto_reruns`");
  }
  if (delay !== undefined && (parseDuration(textOf(delay.value) ?? "") ?? 0) > maximumDelayMs) {
    report(env, "auto-reruns", delay.value, "`auto_rerun_delay` must be at most ten minutes");
  }
  const rerun = delay ?? maximum;
  if (rerun !== undefined && flagField(body, "background")) {
    const message = `\`${rerun.key.text}\` has no meaning for a step in the background`;
    report(env, "auto-reruns", rerun.key, message, { rule: "R-RUN-3" });
  }
}
