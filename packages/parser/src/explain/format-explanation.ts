import { formatPlace } from "@fmg/core";
import { printable } from "../report/printable.ts";
import type { CallTrail, ConditionTrail, Explanation, StepTrail } from "./explanation.ts";

/** An explanation as lines of text, every one of them with its place. */
export function formatExplanation(explanation: Explanation): string {
  const { workflow, job, range, leftOut, definition, keys, steps, leftOutSteps } = explanation;
  return [
    `job "${job}" of the workflow "${workflow}", invoked at ${formatPlace(range)}`,
    ...(leftOut === undefined ? [] : conditionLines(`does not run: `, leftOut)),
    ...(definition === undefined ? [] : callLines("is", definition, "  ")),
    ...keys.map((key) => `  has \`${key.name}\` from ${formatPlace(key.range)}`),
    ...steps.flatMap(stepLines),
    ...leftOutSteps.flatMap((condition) => conditionLines("leaves steps out: ", condition)),
  ]
    .map(printable)
    .join("\n");
}

function conditionLines(lead: string, condition: ConditionTrail): string[] {
  const rule = condition.rule === undefined ? "" : ` (${condition.rule})`;
  return [
    `  ${lead}${condition.message}, at ${formatPlace(condition.range)}${rule}`,
    ...condition.values.map(({ name, value, range }) => {
      const from = range === undefined ? "" : `, from ${formatPlace(range)}`;
      return `      ${name} is ${value}${from}`;
    }),
  ];
}

function stepLines(step: StepTrail): string[] {
  const named = step.name === step.type ? step.type : `${step.type} "${step.name}"`;
  return [
    `  step ${step.number}: ${named}, at ${formatPlace(step.range)}`,
    ...step.calls.flatMap((call) => callLines("from", call, "      ")),
    ...step.values.map(({ message, range }) => `      ${message}: ${formatPlace(range)}`),
  ];
}

function callLines(lead: string, call: CallTrail, indent: string): string[] {
  const orb = call.orb === undefined ? "" : ` of the orb ${call.orb}`;
  const called = call.kind === "command" ? `, called at ${formatPlace(call.calledAt)}` : "";
  return [
    `${indent}${lead} the ${call.kind} \`${call.name}\`${orb}, defined at ${formatPlace(call.definition)}${called}`,
    ...call.arguments.flatMap(({ name, value, from, range, via }) => [
      `${indent}    ${name} is ${value}, ${from === "argument" ? "given" : "by default"} at ${formatPlace(range)}`,
      ...via.map((link) => `${indent}      ${link.message}: ${formatPlace(link.range)}`),
    ]),
  ];
}
