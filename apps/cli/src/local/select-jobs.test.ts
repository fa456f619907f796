import { describe, expect, test } from "@jest/globals";
import type { JobPlan, PipelinePlan } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { onlyTouched, selectJobs, type SelectedWorkflow, type Selection } from "./select-jobs.ts";
import type { EarlierResult } from "./stores/earlier-results.ts";

/** build → test → ship, and lint beside them. */
const main = {
  ...aWorkflow(
    aJob("build"),
    aJob("test", { needs: ["build"] }),
    aJob("ship", { needs: ["test", "lint"] }),
    aJob("lint"),
  ),
  name: "main",
};
const plan: PipelinePlan = {
  setup: false,
  workflows: [main, { ...aWorkflow(aJob("build")), name: "nightly" }],
};

const resultOf = (workflow: string, job: string): EarlierResult => {
  return { workflow, job, finishedAt: 0, layers: [], tests: [] };
};
const all = resultOf;
const none = (): undefined => undefined;

/** The jobs that run, and in brackets those that stand as they were, with what each waits for. */
const told = (selected: readonly SelectedWorkflow[]): string[] =>
  selected.map(({ plan: { name, jobs }, earlier }) => {
    const words = jobs.map((job) => {
      const after = job.requires.length === 0 ? "" : `<${job.requires.map((each) => each.job).join("+")}`;
      return earlier.has(job.name) ? `(${job.name})` : `${job.name}${after}`;
    });
    return `${name}: ${words.join(" ")}`;
  });
const select = (selection: Selection, findEarlier: typeof all | typeof none = all): string[] =>
  told(selectJobs(plan, selection, findEarlier));

describe("what runs", () => {
  test.each<[string, Selection, string[]]>([
    ["everything", { kind: "all" }, ["main: build test<build ship<test+lint lint", "nightly: build"]],
    ["a workflow", { kind: "named", name: "nightly" }, ["nightly: build"]],
    ["a job and what it requires", { kind: "named", name: "test" }, ["main: build test<build"]],
    ["a job alone, on what was left", { kind: "alone", job: "test" }, ["main: (build) test<build"]],
    [
      "a job and all after it",
      { kind: "from", job: "test" },
      ["main: (build) test<build ship<test+lint (lint)"],
    ],
    ["a job of one of two workflows", { kind: "named", name: "main/build" }, ["main: build"]],
  ])("is %s", (_, selection, expected) => {
    expect(select(selection)).toEqual(expected);
  });

  test("is a job alone without its requirements where nothing was left (R-REQ-5)", () => {
    expect(select({ kind: "alone", job: "test" }, none)).toEqual(["main: test"]);
  });

  test.each<[string, Selection, string]>([
    [
      "beginning after jobs that left nothing",
      { kind: "from", job: "test" },
      "no earlier run here left a result of build, lint",
    ],
    ["a name in two workflows", { kind: "named", name: "build" }, '"build" stands in 2 workflows'],
    ["a name that is none", { kind: "alone", job: "tets" }, 'no workflow or job "tets"'],
  ])("is refused: %s", (_, selection, message) => {
    expect(() => select(selection, none)).toThrow(message);
  });

  test("is refused: a job that the config leaves out, with its reason", () => {
    const leftOut = {
      reason: "filtered_out",
      message: "no such branch",
      rule: "R",
      range: main.range,
    } as const;
    const without = { setup: false, workflows: [aWorkflow(aJob("a", { leftOut }))] };
    expect(() => selectJobs(without, { kind: "named", name: "a" }, none)).toThrow(
      'job "a" does not run: no such branch',
    );
  });
});

test("after a change what is touched runs with all after it, and what never succeeded; the rest stands", () => {
  const selected = selectJobs(plan, { kind: "named", name: "main" }, none);
  const touches =
    (...names: string[]) =>
    (_workflow: string, job: JobPlan) =>
      names.includes(job.name);
  expect(told(onlyTouched(selected, touches("test"), all))).toEqual([
    "main: (build) test<build ship<test+lint (lint)",
  ]);
  expect(told(onlyTouched(selected, touches(), all))).toEqual(["main: (build) (test) (ship) (lint)"]);
  const allButLint: typeof all | typeof none = (workflow, job) =>
    job === "lint" ? (undefined as never) : resultOf(workflow, job);
  expect(told(onlyTouched(selected, touches(), allButLint))).toEqual([
    "main: (build) (test) ship<test+lint lint",
  ]);
});
