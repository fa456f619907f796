import {
  any,
  choice,
  flag,
  map,
  mapOf,
  nothing,
  orNothing,
  text,
  type NamePattern,
  type Shape,
} from "../shape.ts";
import { executor } from "./executors.ts";
import { command, job, jobGroup } from "./jobs.ts";
import { elementName, jobName } from "./names.ts";
import { pipelineParameters } from "./parameters.ts";

const alias = orNothing({ ...text, expected: "an alias such as `node/test`" });

function elements(shape: Shape, noun: string, names: NamePattern): Shape {
  return choice(nothing, mapOf(shape, { names, noun: `the ${noun}`, expected: `a map of ${noun}s` }));
}

const commands = elements(choice(alias, command), "command", elementName);
const executors = elements(choice(alias, executor), "executor", elementName);
const jobs = elements(choice(alias, job), "job", jobName);
const orbs = elements(any, "orb", elementName);

function orbFields() {
  return {
    version: [any, "The version of the language."],
    description: [orNothing(text), "What the orb is for."],
    display: [any, "Where the orb is at home."],
    orbs: [orbs, "The orbs that this orb uses."],
    commands: [commands, "The orb's commands."],
    jobs: [jobs, "The orb's jobs."],
    executors: [executors, "The orb's executors."],
    examples: [any, "How the orb is used."],
  } as const;
}

/** The source of an orb. (R-ORB-4) */
export const orbSource = map(orbFields(), { expected: "an orb's source" });

/** A whole config. Other top-level keys are the home of anchors. (R-TOP-3) */
export const config = map(
  {
    version: [any, "The version of the language: 2.1.", "R-VER-1"],
    setup: [flag, "A setup config continues the pipeline with another config.", "R-DYN-1"],
    orbs: [orbs, "Packages of commands, jobs and executors.", "R-ORB-1"],
    commands: [commands, "Lists of steps under a name.", "R-CMD-1"],
    executors: [executors, "Where jobs run, under a name.", "R-EXEC-1"],
    parameters: [pipelineParameters, "Values that a trigger may set.", "R-PARAM-1"],
    jobs: [jobs, "What can run.", "R-JOBK-1"],
    "job-groups": [
      choice(
        nothing,
        mapOf(jobGroup, { names: jobName, noun: "the job group", expected: "a map of job groups" }),
      ),
      "Jobs that are invoked together.",
      "R-JG-1",
    ],
    workflows: [
      choice(nothing, mapOf({ is: "any" }, { expected: "a map of workflows" })),
      "Graphs of jobs.",
      "R-WF-1",
    ],
    functions: [any, "Has no effect here.", "R-TOP-6"],
    experimental: [any, "Has no effect here."],
    description: [any, "What the config is for."],
    display: [any, "Has no effect in a config."],
    examples: [any, "Has no effect in a config."],
  },
  { others: "ignore", expected: "a config" },
);
