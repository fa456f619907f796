import {
  any,
  anyScalar,
  choice,
  flag,
  integer,
  list,
  map,
  mapOf,
  matching,
  oneOf,
  nothing,
  orNothing,
  text,
  textLike,
} from "../shape.ts";
import { executionFields, executorUse } from "./executors.ts";
import { elementParameters } from "./parameters.ts";
import { stepList } from "./steps.ts";

const refs = choice(orNothing(textLike), list(textLike, { expected: "a list of names" }));
const onlyIgnore = map({ only: [refs, "What runs."], ignore: [refs, "What does not run."] });

export const jobTypes = ["build", "approval", "no-op", "release", "lock", "unlock"];

/** An entry of `jobs:`. (Section 6) */
export const job = map(
  {
    type: [oneOf(...jobTypes), "What kind of job it is; `build` unless set.", "R-JOB-4"],
    ...executionFields,
    executor: [executorUse, "The executor to run on.", "R-EXEC-2"],
    steps: [choice(text, stepList()), "What the job does.", "R-STEP-1"],
    parameters: [elementParameters, "The parameters of the job."],
    description: [orNothing(text), "What the job is for."],
    parallelism: [
      integer({ minimum: 1, expected: "an integer or an expression evaluating to an integer, at least 1" }),
      "How many tasks run the steps side by side.",
      "R-JOB-3",
    ],
    branches: [onlyIgnore, "Has an effect only without workflows.", "R-JOBK-1"],
    circleci_ip_ranges: [flag, "Has no effect here."],
    retention: [
      map({
        caches: [
          matching(/^([1-9]|1[0-5])d$/, 'a number of days from 1 to 15 such as "7d"'),
          "How long caches of this job are kept.",
          "R-RET-1",
        ],
      }),
      "How long things are kept.",
      "R-RET-1",
    ],
    plan_name: [text, "The plan of a release job.", "R-REL-1"],
    validation: [any, "The validation of a release job.", "R-REL-1"],
    key: [textLike, "The key of a lock or unlock job.", "R-LOCK-1"],
  },
  { expected: "a job" },
);

/** An entry of `commands:`. (R-CMD-1) */
export const command = map(
  {
    steps: [stepList(), "What the command does.", "R-CMD-1"],
    parameters: [elementParameters, "The parameters of the command."],
    description: [orNothing(text), "What the command is for."],
  },
  { required: ["steps"], expected: "a command such as {steps: [checkout]}" },
);

/** `filters:` of an invocation: an expression, or branches and tags. (R-FLT-1, R-FLTX-1) */
export const filters = choice(
  { ...orNothing(text), types: ["string", "boolean", "null"], expected: "an expression" },
  // Real configs have `pull_requests` beside them, which nothing reads. (R-FLT-1)
  map(
    {
      branches: [choice(nothing, onlyIgnore), "Which branches."],
      tags: [choice(nothing, onlyIgnore), "Which tags."],
    },
    { others: "warning", expected: "a map of branches and tags" },
  ),
);

const statuses = ["success", "failed", "canceled", "unauthorized", "not_run"];

export const requirement = choice(
  { ...textLike, expected: "a job's name" },
  mapOf(
    choice(
      oneOf(...statuses, "terminal"),
      list(oneOf(...statuses), { atLeast: 1, expected: "a list of statuses" }),
    ),
    {
      expected: "a map of a job's name to statuses",
    },
  ),
);

export const matrix = map(
  {
    parameters: [
      choice(orNothing(text), mapOf(choice(orNothing(text), list(any, { expected: "a list of values" })))),
      "The values of each parameter.",
      "R-MTX-1",
    ],
    exclude: [
      choice(nothing, list(mapOf(anyScalar), { expected: "a list of combinations" })),
      "Combinations to leave out.",
      "R-MTX-5",
    ],
    alias: [textLike, "A name for all jobs of the matrix.", "R-MTX-11"],
  },
  { required: ["parameters"], expected: "a matrix such as {parameters: {os: [a, b]}}" },
);

const names = choice(orNothing(textLike), list(textLike, { expected: "a list of names" }));

/** What follows a job's name in a workflow; other keys are arguments. (R-JOB-2) */
export const invocation = map(
  {
    name: [textLike, "The job's name in this workflow.", "R-NAME-1"],
    requires: [
      choice(orNothing(textLike), list(requirement, { expected: "a list of jobs" })),
      "The jobs that must end before.",
      "R-REQ-1",
    ],
    context: [names, "The contexts whose variables the job gets.", "R-CTX-1"],
    type: [oneOf("approval"), "`approval` makes the job wait for a person.", "R-WF-5"],
    filters: [filters, "On which branches and tags the job runs.", "R-FLT-1"],
    matrix: [matrix, "Runs the job once per combination of values.", "R-MTX-1"],
    "pre-steps": [
      choice(orNothing({ ...text, types: ["string"] }), stepList()),
      "Steps before the job's own.",
      "R-PP-1",
    ],
    "post-steps": [
      choice(orNothing({ ...text, types: ["string"] }), stepList()),
      "Steps behind the job's own.",
      "R-PP-1",
    ],
    "serial-group": [textLike, "Only one job of the group runs at a time.", "R-SER-1"],
    "override-with": [text, "An orb's job that replaces the body.", "R-OVR-1"],
    upstream: [any, "Written by `fmg config compile` beside `requires`.", "R-CF-7"],
  },
  { others: any, expected: "a map of arguments" },
);

/** An entry of `jobs` in a workflow: what stands behind the name is checked as an invocation. (R-WF-4) */
export const invocationEntry = choice(
  { ...textLike, expected: "a job's name" },
  mapOf(any, { expected: "a map of a job's name to its arguments" }),
);

const invocations = list(invocationEntry, { atLeast: 1, expected: "a list of jobs" });

const schedule = map(
  {
    cron: [text, "Five fields, in UTC.", "R-SCH-2"],
    filters: [
      map({ branches: [onlyIgnore, "Which branches the schedule runs on."] }, { required: ["branches"] }),
      "Where the schedule runs.",
      "R-SCH-3",
    ],
  },
  { required: ["cron", "filters"], expected: "a schedule" },
);

/** An entry of `workflows:`. (R-WF-1) */
export const workflow = map(
  {
    jobs: [invocations, "The jobs of the workflow.", "R-WF-1"],
    when: [any, "The workflow runs only if this holds.", "R-WHEN-1"],
    unless: [any, "The workflow runs only if this does not hold.", "R-WHEN-1"],
    triggers: [
      list(map({ schedule: [schedule, "When to run.", "R-SCH-1"] }, { required: ["schedule"] })),
      "Runs the workflow on a schedule only.",
      "R-SCH-1",
    ],
    max_auto_reruns: [
      integer({ minimum: 1, maximum: 5, expected: "a number from 1 to 5" }),
      "How often a failed workflow is run again.",
      "R-ARR-1",
    ],
  },
  // Real configs describe their workflows; a key that nothing reads does no harm. (R-WF-1)
  { required: ["jobs"], others: "warning", expected: "a workflow such as {jobs: [build]}" },
);

/** An entry of `job-groups:`. (R-JG-1) */
export const jobGroup = map(
  {
    jobs: [invocations, "The jobs of the group.", "R-JG-1"],
    description: [orNothing(text), "What the group is for."],
  },
  { required: ["jobs"], expected: "a job group such as {jobs: [build]}" },
);
