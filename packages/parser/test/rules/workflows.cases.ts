import { config, J, jobsAnd, onBranch, onTag, runs, workflow, type RuleCase } from "./rule-case.ts";

/** A job `t` with the given parameters, and `a` beside it, in a workflow. */
function matrix(parameters: string, jobs: string): string {
  return config(
    `jobs: {t: {parameters: {${parameters}}, docker: [{image: a}], steps: [checkout]}, a: ${J}}`,
    workflow(jobs),
  );
}
const string = (...names: string[]) => names.map((name) => `${name}: {type: string}`).join(", ");
const integer = (...names: string[]) => names.map((name) => `${name}: {type: integer}`).join(", ");
const grid = '{t: {matrix: {parameters: {v: ["1", "2"], os: [a, b]}}}}';
const nine = (exclude: string) =>
  matrix(
    integer("a", "b"),
    `{t: {matrix: {parameters: {a: [1, 2, 3], b: [4, 5, 6]}, exclude: [${exclude}]}}}`,
  );
/** Requirements of the last job that runs. */
const steady = (job: string) => `${job}: {docker: [{image: a}], steps: [checkout]}`;

/** Matrices, names, requirements, filters, groups: sections 13.5 to 13.7. */
export const workflowCases: readonly RuleCase[] = [
  {
    rules: ["R-MTX-8", "R-MTX-4", "R-MTX-1"],
    says: "names and order follow the sorted names of the parameters",
    config: matrix(string("v", "os"), grid),
    expect: { jobs: ["t-a-1", "t-a-2", "t-b-1", "t-b-2"] },
  },
  {
    rules: ["R-MTX-8", "R-MTX-12"],
    says: "a name with a matrix value is rendered for each job",
    config: matrix(string("v"), '{t: {name: \'x<< matrix.v >>\', matrix: {parameters: {v: ["1", "2"]}}}}'),
    expect: { jobs: ["x1", "x2"] },
  },
  {
    rules: ["R-MTX-8"],
    says: "another name gets a number",
    config: matrix(string("v"), '{t: {name: n, matrix: {parameters: {v: ["1", "2"]}}}}'),
    expect: { jobs: ["n-1", "n-2"] },
  },
  {
    rules: ["R-MTX-8"],
    says: "but not if there is one job",
    config: matrix(string("v"), '{t: {name: n, matrix: {parameters: {v: ["1"]}}}}'),
    expect: { jobs: ["n"] },
  },
  {
    rules: ["R-MTX-8", "R-MTX-14"],
    says: "a parameter called `name` names the jobs",
    config: jobsAnd("a", "{hold: {type: approval, matrix: {parameters: {name: [p, q]}}}}"),
    expect: { jobs: ["p", "q"] },
  },
  {
    rules: ["R-MTX-5"],
    says: "an exclusion takes a combination away",
    config: nine("{a: 3, b: 5}"),
    expect: { jobs: ["t-1-4", "t-1-5", "t-1-6", "t-2-4", "t-2-5", "t-2-6", "t-3-4", "t-3-6"] },
  },
  {
    rules: ["R-MTX-5"],
    says: "a partial exclusion takes all that agree away",
    config: nine("{a: 3}"),
    expect: { jobs: ["t-1-4", "t-1-5", "t-1-6", "t-2-4", "t-2-5", "t-2-6"] },
  },
  {
    rules: ["R-MTX-6"],
    says: "an empty list makes no job, with a warning",
    config: matrix(string("v"), "{t: {matrix: {parameters: {v: []}}}}, a"),
    expect: { jobs: ["a"], warning: "no combination" },
  },
  {
    rules: ["R-MTX-6", "R-REQ-5"],
    says: "a job behind an empty matrix is left out",
    config: matrix(string("v"), "{t: {matrix: {parameters: {v: []}}}}, {a: {requires: [t]}}"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-MTX-7"],
    says: "a matrix has at most 10,000 jobs",
    config: matrix(
      integer("a", "b"),
      `{t: {matrix: {parameters: {a: [${Array.from({ length: 101 }, (_, i) => i).join(", ")}], b: [${Array.from({ length: 100 }, (_, i) => i).join(", ")}]}}}}`,
    ),
    expect: { error: "10100 combinations" },
  },
  {
    rules: ["R-MTX-11"],
    says: "the job's key stands for all jobs of the matrix",
    config: matrix(string("v", "os"), `${grid}, {a: {requires: [t]}}`),
    expect: { requires: { a: ["t-a-1", "t-a-2", "t-b-1", "t-b-2"] } },
  },
  {
    rules: ["R-MTX-11"],
    says: "one job of a matrix can be required by its name",
    config: matrix(string("v", "os"), `${grid}, {a: {requires: [t-b-1]}}`),
    expect: { requires: { a: ["t-b-1"] } },
  },
  {
    rules: ["R-MTX-11", "R-REQ-3"],
    says: "with an alias the key stands for nothing",
    config: matrix(string("v"), '{t: {matrix: {alias: all, parameters: {v: ["1"]}}}}, {a: {requires: [t]}}'),
    expect: { error: "which is not a job in this workflow" },
  },
  {
    rules: ["R-MTX-11"],
    says: "an alias does not change the names",
    config: matrix(
      string("v"),
      '{t: {matrix: {alias: all, parameters: {v: ["1"]}}}}, {a: {requires: [all]}}',
    ),
    expect: { jobs: ["t-1", "a"], requires: { a: ["t-1"] } },
  },
  {
    rules: ["R-MTX-12"],
    says: "matrix values may stand in `requires`",
    config: matrix(
      string("v"),
      '{t: {name: \'x<< matrix.v >>\', matrix: {parameters: {v: ["1", "2"]}}}}, {t: {name: \'d<< matrix.v >>\', requires: [\'x<< matrix.v >>\'], matrix: {parameters: {v: ["1", "2"]}}}}',
    ),
    expect: { requires: { d1: ["x1"], d2: ["x2"] } },
  },
  {
    rules: ["R-MTX-2"],
    says: "a matrix parameter must be declared",
    config: matrix(string("v"), '{t: {matrix: {parameters: {v: ["1"], w: [x]}}}}'),
    expect: { error: "Unexpected argument(s): w" },
  },
  {
    rules: ["R-MTX-2", "R-PARAM-10", "R-YAML-4"],
    says: "unquoted versions are numbers, not texts",
    config: matrix(string("v"), "{t: {matrix: {parameters: {v: [3.8, 3.10]}}}}"),
    expect: { error: "expected type: string" },
  },
  {
    rules: ["R-MTX-3"],
    says: "an argument cannot be given twice",
    config: matrix(string("v"), '{t: {v: x, matrix: {parameters: {v: ["1"]}}}}'),
    expect: { error: "by the matrix and as an argument" },
  },
  {
    rules: ["R-MTX-9", "R-MTX-5"],
    says: "an excluded combination leaves its name to others",
    config: config(
      "jobs: {x: {parameters: {os: {type: string}, arch: {type: string}}, docker: [{image: a}], steps: [checkout]}, b: {docker: [{image: b}], steps: [checkout]}}",
      workflow(
        "{x: {matrix: {parameters: {os: [linux, macos], arch: [amd64]}, exclude: [{os: linux, arch: amd64}]}}}, {b: {name: x-amd64-linux}}",
      ),
    ),
    expect: {
      jobs: ["x-amd64-macos", "x-amd64-linux"],
      compiled: { jobs: { "x-amd64-linux": { docker: [{ image: "b" }] } } },
    },
  },
  {
    rules: ["R-MTX-10"],
    says: "values stand in names as they are",
    config: matrix(string("v"), "{t: {matrix: {parameters: {v: ['{{ checksum \"a/b\" }}']}}}}"),
    expect: { jobs: ['t-{{ checksum "a/b" }}'] },
  },
  {
    rules: ["R-MTX-13"],
    says: "equal names of matrix jobs get numbers",
    config: jobsAnd("a", "{hold: {type: approval, matrix: {parameters: {name: [p, p]}}}}"),
    expect: { jobs: ["p-1", "p-2"] },
  },
  {
    rules: ["R-MTX-15"],
    says: "values are rendered before they are multiplied and excluded",
    config: config(
      "parameters: {p: {type: string, default: x}}",
      "jobs: {t: {parameters: {v: {type: string}}, docker: [{image: a}], steps: [checkout]}}",
      workflow(
        "{t: {matrix: {parameters: {v: [<< pipeline.parameters.p >>, y]}, exclude: [{v: << pipeline.parameters.p >>}]}}}",
      ),
    ),
    expect: { jobs: ["t-y"] },
  },

  {
    rules: ["R-NAME-2"],
    says: "a job that is invoked twice gets numbers",
    config: jobsAnd("a", "a, a"),
    expect: { jobs: ["a-1", "a-2"] },
  },
  {
    rules: ["R-NAME-1"],
    says: "two workflows may have jobs of one name",
    config: config(
      `orbs: {o: {jobs: {x: ${runs("x")}, y: ${runs("y")}}}}`,
      "workflows: {v: {jobs: [{o/x: {name: n}}]}, w: {jobs: [{o/y: {name: n}}]}}",
    ),
    expect: { jobs: ["n", "n"] },
  },
  {
    rules: ["R-NAME-3"],
    says: "a number that is taken is passed over",
    config: jobsAnd("ab", "a, a, {b: {name: a-1}}"),
    expect: { jobs: ["a-2", "a-3", "a-1"] },
  },
  {
    rules: ["R-NAME-4"],
    says: "the second of two may require the first",
    config: jobsAnd("a", "a, {a: {requires: [a]}}"),
    expect: { jobs: ["a-1", "a-2"], requires: { "a-2": ["a-1"] } },
  },
  {
    rules: ["R-NAME-4"],
    says: "a name of two jobs cannot be required",
    config: jobsAnd("ab", "a, a, {b: {requires: [a]}}"),
    expect: { error: "name of 2 other jobs" },
  },
  {
    rules: ["R-NAME-5"],
    says: "a job group cannot be invoked twice under one name",
    config: jobsAnd("a", "g, g", "job-groups: {g: {jobs: [a]}}"),
    expect: { error: "the name `g` of a job group" },
  },
  {
    rules: ["R-REQ-1"],
    says: "a bare text in `requires` is a list of one, with a warning",
    config: jobsAnd("ab", "a, {b: {requires: a}}"),
    expect: { requires: { b: ["a"] }, warning: "should be a list" },
  },
  {
    rules: ["R-REQ-2"],
    says: "`terminal` stands alone",
    config: jobsAnd("ab", "a, {b: {requires: [{a: [success, terminal]}]}}"),
    expect: { error: "must be one of success" },
  },
  {
    rules: ["R-REQ-2"],
    says: "a status must be known",
    config: jobsAnd("ab", "a, {b: {requires: [{a: done}]}}"),
    expect: { error: "must be one of success" },
  },
  {
    rules: ["R-REQ-2", "R-CF-8"],
    says: "statuses are kept",
    config: jobsAnd("ab", "a, {b: {requires: [{a: [failed, canceled]}]}}"),
    expect: {
      compiled: {
        workflows: {
          w: { jobs: ["a", { b: { requires: ["a"], upstream: { a: ["failed", "canceled"] } } }] },
        },
      },
    },
  },
  {
    rules: ["R-REQ-3"],
    says: "a requirement must be a job of the workflow",
    config: jobsAnd("a", "{a: {requires: [ghost]}}"),
    expect: { error: "'ghost', which is not a job in this workflow" },
  },
  {
    rules: ["R-REQ-3"],
    says: "with a name the key stands for nothing",
    config: jobsAnd("ab", "{a: {name: x}}, {b: {requires: [a]}}"),
    expect: { error: "'a', which is not a job" },
  },
  {
    rules: ["R-PHASE-2"],
    says: "a workflow that does not run is not checked for requirements",
    config: config(`jobs: {a: ${J}}`, "workflows: {w: {when: false, jobs: [{a: {requires: [ghost]}}]}}"),
    expect: { jobs: [], leftOut: ["w"] },
  },
  {
    rules: ["R-REQ-7"],
    says: "a job named twice joins the statuses",
    config: jobsAnd("ab", "a, {b: {requires: [a, {a: failed}]}}"),
    expect: {
      compiled: {
        workflows: { w: { jobs: ["a", { b: { requires: ["a"], upstream: { a: ["success", "failed"] } } }] } },
      },
    },
  },
  {
    rules: ["R-REQ-8"],
    says: "two jobs cannot require each other",
    config: jobsAnd("ab", "{a: {requires: [b]}}, {b: {requires: [a]}}"),
    expect: { error: "part of a cycle" },
  },
  {
    rules: ["R-REQ-8", "R-REQ-7"],
    says: "a job cannot require itself",
    config: jobsAnd("a", "{a: {requires: [a]}}"),
    expect: { error: "part of a cycle" },
  },
  {
    rules: ["R-REQ-8"],
    says: "a cycle is told on every branch",
    config: jobsAnd("ab", "{a: {requires: [b], filters: {branches: {only: x}}}}, {b: {requires: [a]}}"),
    expect: { error: "part of a cycle" },
  },
  {
    rules: ["R-WF-1"],
    says: "a workflow needs jobs",
    config: config(`jobs: {a: ${J}}`, "workflows: {w: {jobs: []}}"),
    expect: { error: "at least 1" },
  },
  {
    rules: ["R-WF-1"],
    says: "a workflow may be described, with a warning",
    config: config(`jobs: {a: ${J}}`, "workflows: {w: {description: x, jobs: [a]}}"),
    expect: { jobs: ["a"], warning: "description" },
  },
  {
    rules: ["R-WF-4"],
    says: "an unknown job is an error",
    config: jobsAnd("a", "ghost"),
    expect: { error: "job named ghost" },
  },
  {
    rules: ["R-WF-4"],
    says: "an invocation has one key",
    config: jobsAnd("ab", "{a: , requires: [b]}, b"),
    expect: { error: "exactly one key" },
  },
  {
    rules: ["R-WF-5"],
    says: "only approvals are declared by an invocation",
    config: jobsAnd("a", "{x: {type: no-op}}"),
    expect: { error: "must be one of approval" },
  },
  {
    rules: ["R-APR-1"],
    says: "an approval needs no definition",
    config: jobsAnd("a", "{hold: {type: approval}}, {a: {requires: [hold]}}"),
    expect: {
      jobs: ["hold", "a"],
      compiled: {
        workflows: { w: { jobs: [{ hold: { type: "approval" } }, { a: { requires: ["hold"] } }] } },
      },
    },
  },
  {
    rules: ["R-APR-1"],
    says: "an approval shadows a job of its name, with a warning",
    config: jobsAnd("a", "{a: {type: approval}}"),
    expect: { jobs: ["a"], warning: "whose steps do not run" },
  },
  {
    rules: ["R-APR-5", "R-NOOP-1", "R-LOCK-1"],
    says: "approvals, no-ops and locks may be declared",
    config: config(
      "jobs: {h: {type: approval}, n: {type: no-op}, l: {type: lock, key: k}}",
      workflow("h, n, l"),
    ),
    expect: {
      jobs: ["h", "n", "l"],
      compiled: { jobs: { n: { type: "no-op" }, l: { type: "lock", key: "k" } } },
    },
  },
  {
    rules: ["R-LOCK-1"],
    says: "a lock needs a key",
    config: config("jobs: {l: {type: lock}}", workflow("l")),
    expect: { error: "`key`" },
  },
  {
    rules: ["R-REL-1"],
    says: "a release job does nothing, with a warning",
    config: config("jobs: {r: {type: release, plan_name: p}}", workflow("r")),
    expect: { jobs: ["r"], warning: "release tracking" },
  },
  {
    rules: ["R-REL-1"],
    says: "a release job needs a plan",
    config: config("jobs: {r: {type: release}}", workflow("r")),
    expect: { error: "`plan_name`" },
  },
  {
    rules: ["R-CTX-1"],
    says: "contexts keep their order",
    config: jobsAnd("a", "{a: {context: [x, org-global]}}"),
    expect: {
      job: { contexts: ["x", "org-global"] },
      compiled: { workflows: { w: { jobs: [{ a: { context: ["x", "org-global"] } }] } } },
    },
  },
  {
    rules: ["R-CTX-1"],
    says: "a config has at most 100 contexts",
    config: jobsAnd("a", `{a: {context: [${Array.from({ length: 101 }, (_, i) => `c${i}`).join(", ")}]}}`),
    expect: { error: "100" },
  },

  {
    rules: ["R-FLT-5"],
    says: "nothing runs on a tag without a filter",
    config: jobsAnd("a", "a"),
    pipeline: onTag("v1"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-FLT-5"],
    says: "empty tag filters let nothing run",
    config: jobsAnd("a", "{a: {filters: {tags: {}}}}"),
    pipeline: onTag("v1"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-FLT-8", "R-FLT-3"],
    says: "a tag filter does not stop a branch",
    config: jobsAnd("a", "{a: {filters: {tags: {only: /v.*/}}}}"),
    pipeline: onBranch("dev"),
    expect: { jobs: ["a"] },
  },
  ...(
    [
      ["a branch is ignored", onBranch("dev"), []],
      ["the tag matches", onTag("v1"), ["a"]],
      ["another tag does not", onTag("x"), []],
    ] as const
  ).map(([says, pipeline, jobs]): RuleCase => ({
    rules: ["R-FLT-8", "R-FLT-5"],
    says: `tags only: ${says}`,
    config: jobsAnd("a", "{a: {filters: {branches: {ignore: /.*/}, tags: {only: /v.*/}}}}"),
    pipeline,
    expect: { jobs },
  })),
  {
    rules: ["R-FLT-1"],
    says: "a pattern must match the whole branch",
    config: jobsAnd("a", "{a: {filters: {branches: {only: /^rel/}}}}"),
    pipeline: onBranch("rel-1"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-FLT-1", "R-FLT-2"],
    says: "a plain name is the branch itself",
    config: jobsAnd("a", '{a: {filters: {branches: {only: "feature/x"}}}}'),
    pipeline: onBranch("feature/x"),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-FLT-1"],
    says: "a slash in a pattern may have a backslash",
    config: jobsAnd("a", "{a: {filters: {branches: {only: '/feature\\/.*/'}}}}"),
    pipeline: onBranch("feature/x"),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-FLT-4", "R-FLT-6"],
    says: "with `only` and `ignore`, `only` decides",
    config: jobsAnd("a", "{a: {filters: {branches: {only: [main], ignore: [main]}}}}"),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-FLT-4"],
    says: "`ignore` alone keeps a branch out",
    config: jobsAnd("ab", "{a: {filters: {branches: {ignore: main}}}}, b"),
    expect: { jobs: ["b"] },
  },
  {
    rules: ["R-FLT-5"],
    says: "a tag that is not ignored runs",
    config: jobsAnd("a", "{a: {filters: {tags: {ignore: /beta.*/}}}}"),
    pipeline: onTag("v1"),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-FLT-5"],
    says: "a tag that is ignored does not",
    config: jobsAnd("a", "{a: {filters: {tags: {ignore: /beta.*/}}}}"),
    pipeline: onTag("beta1"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-REQ-5", "R-FLT-7"],
    says: "a filtered requirement is ignored while another is left",
    config: jobsAnd("lbp", "l, {b: {filters: {branches: {only: main}}}}, {p: {requires: [l, b]}}"),
    pipeline: onBranch("dev"),
    expect: { jobs: ["l", "p"], requires: { p: ["l"] } },
  },
  {
    rules: ["R-REQ-5", "R-WF-2", "R-WF-3"],
    says: "a job whose requirements are all filtered is left out, and nothing is no error",
    config: jobsAnd("bp", "{b: {filters: {branches: {only: main}}}}, {p: {requires: [b]}}"),
    pipeline: onBranch("dev"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-REQ-5"],
    says: "so are the jobs behind it",
    config: jobsAnd(
      "abc",
      "{a: {filters: {branches: {only: main}}}}, {b: {requires: [a]}}, {c: {requires: [b]}}",
    ),
    pipeline: onBranch("dev"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-FLT-7"],
    says: "on a tag the requirements need a filter, too",
    config: jobsAnd("ab", "a, {b: {filters: {tags: {only: /v.*/}}, requires: [a]}}"),
    pipeline: onTag("v1"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-REQ-6"],
    says: "of a partly filtered matrix the rest counts",
    config: matrix(
      string("v"),
      "{t: {matrix: {parameters: {v: [main, dev]}}, filters: {branches: {only: << matrix.v >>}}}}, {a: {requires: [t]}}",
    ),
    expect: { jobs: ["t-main", "a"], requires: { a: ["t-main"] } },
  },
  {
    rules: ["R-FLT-9"],
    says: "an empty `only` matches nothing, an empty `ignore` ignores nothing",
    config: jobsAnd("ab", "{a: {filters: {branches: {only: []}}}}, {b: {filters: {branches: {ignore: []}}}}"),
    expect: { jobs: ["b"] },
  },
  {
    rules: ["R-FLT-10"],
    says: "an approval is filtered as any job",
    config: jobsAnd("a", "a, {hold: {type: approval, filters: {branches: {only: dev}}}}"),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-FLT-11"],
    says: "a filter may be a template",
    config: jobsAnd(
      "a",
      "{a: {filters: {branches: {only: << pipeline.parameters.b >>}}}}",
      "parameters: {b: {type: string, default: main}}",
    ),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-FLT-12"],
    says: "a number in a filter is a text",
    config: jobsAnd("a", "{a: {filters: {branches: {only: 1.5}}}}"),
    pipeline: onBranch("1.5"),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-FLTX-1"],
    says: "an expression on tags does not run on branches",
    config: jobsAnd("a", "{a: {filters: 'pipeline.git.tag matches /^v.*/'}}"),
    expect: { jobs: [] },
  },
  {
    rules: ["R-FLTX-1"],
    says: "an expression needs no tag filter",
    config: jobsAnd("a", "{a: {filters: pipeline.git.branch or pipeline.git.tag}}"),
    pipeline: onTag("v1"),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-FLTX-3"],
    says: "`true` is a filter",
    config: jobsAnd("a", "{a: {filters: true}}"),
    pipeline: onTag("v1"),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-SCH-1"],
    says: "a workflow with triggers does not run on a push",
    config: config(
      `jobs: {a: ${J}}`,
      "workflows: {w: {triggers: [{schedule: {cron: '0 1 * * *', filters: {branches: {only: main}}}}], jobs: [a]}}",
    ),
    expect: { jobs: [], leftOut: ["w"] },
  },
  {
    rules: ["R-SCH-3"],
    says: "a schedule needs branches",
    config: config(
      `jobs: {a: ${J}}`,
      "workflows: {w: {triggers: [{schedule: {cron: '0 1 * * *'}}], jobs: [a]}}",
    ),
    expect: { error: "`filters`" },
  },
  {
    rules: ["R-SCH-2"],
    says: "a cron line has five fields",
    config: config(
      `jobs: {a: ${J}}`,
      "workflows: {w: {triggers: [{schedule: {cron: '0 1 * *', filters: {branches: {only: main}}}}], jobs: [a]}}",
    ),
    expect: { error: "five fields" },
  },
  {
    rules: ["R-SCH-2"],
    says: "steps in a cron line are not portable",
    config: config(
      `jobs: {a: ${J}}`,
      "workflows: {w: {triggers: [{schedule: {cron: '*/5 * * * *', filters: {branches: {only: main}}}}], jobs: [a]}}",
    ),
    expect: { jobs: [], warning: "not portable" },
  },
  {
    rules: ["R-SCH-6"],
    says: "a schedule runs its own workflow only",
    config: config(
      `jobs: {a: ${J}, b: ${J}}`,
      "workflows: {n: {triggers: [{schedule: {cron: '0 1 * * *', filters: {branches: {only: main}}}}], jobs: [a]}, w: {jobs: [b]}}",
    ),
    input: { scheduledWorkflow: "n" },
    expect: { jobs: ["a"], leftOut: ["w"] },
  },
  {
    rules: ["R-SCH-4", "R-DYN-10"],
    says: "a schedule does not go with a setup config",
    config: config(
      "setup: true",
      `jobs: {a: ${J}}`,
      "workflows: {n: {triggers: [{schedule: {cron: '0 1 * * *', filters: {branches: {only: main}}}}], jobs: [a]}, w: {jobs: [a]}}",
    ),
    expect: { jobs: ["a"], warning: "does not run in a setup config" },
  },
  {
    rules: ["R-DYN-1"],
    says: "a setup config comes to one workflow",
    config: config("setup: true", `jobs: {a: ${J}}`, "workflows: {v: {jobs: [a]}, w: {jobs: [a]}}"),
    expect: { error: "must come to one workflow" },
  },
  {
    rules: ["R-DYN-4"],
    says: "a continuation is no setup config",
    config: config("setup: true", `jobs: {a: ${J}}`, workflow("a")),
    input: { continuation: true },
    expect: { error: "cannot have `setup: true`" },
  },
  {
    rules: ["R-DYN-5", "R-DYN-7"],
    says: "a continuation declares what it is given",
    config: jobsAnd("a", "a"),
    input: { continuation: true, parameters: { p: true } },
    expect: { error: "Unexpected argument(s): p" },
  },
  {
    rules: ["R-DYN-6"],
    says: "a setup config declares what its trigger gives",
    config: jobsAnd("a", "a", "setup: true"),
    input: { parameters: { p: true } },
    expect: { error: "Unexpected argument(s): p" },
  },
  {
    rules: ["R-DYN-14", "R-VER-7"],
    says: "a continuation without jobs and workflows ends the pipeline",
    config: "{version: 2, jobs: {}, workflows: {version: 2}}",
    input: { continuation: true },
    expect: { jobs: [] },
  },
  {
    rules: ["R-DYN-13", "R-DYN-15"],
    says: "the continuation orb posts to this platform unless told otherwise",
    config: config("orbs: {c: circleci/continuation@1.0.0}", workflow("c/continue")),
    input: {
      continuationHost: "ci.example.org",
      orbs: new Map([
        [
          "circleci/continuation@1.0.0",
          "jobs: {continue: {parameters: {circleci_domain: {type: string, default: circleci.com}}, docker: [{image: a}], steps: [{run: 'post to << parameters.circleci_domain >>'}]}}",
        ],
      ]),
    },
    expect: { commands: ["post to ci.example.org"] },
  },

  {
    rules: ["R-JG-3", "R-JG-4"],
    says: "a job group is a start, its members and an end",
    config: jobsAnd(
      "xybn",
      "b, {g: {requires: [b]}}, {n: {requires: [g]}}",
      "job-groups: {g: {jobs: [x, {y: {requires: [x]}}]}}",
    ),
    expect: {
      jobs: ["b", "g-group-start", "x", "y", "g-group-end", "n"],
      requires: {
        "g-group-start": ["b"],
        x: ["g-group-start"],
        y: ["x"],
        "g-group-end": ["y"],
        n: ["g-group-end"],
      },
    },
  },
  {
    rules: ["R-JG-3", "R-SER-7"],
    says: "a group with a serial group is locked and unlocked",
    config: jobsAnd("xn", "{g: {serial-group: k}}, {n: {requires: [g]}}", "job-groups: {g: {jobs: [x]}}"),
    expect: {
      jobs: ["g-group-start", "x", "g-group-end", "g-unlock", "n"],
      requires: { "g-unlock": ["g-group-end"], n: ["g-group-end"] },
    },
  },
  {
    rules: ["R-JG-4"],
    says: "a group's own name leads its members' names",
    config: jobsAnd("x", "{g: {name: first}}, {g: {name: second}}", "job-groups: {g: {jobs: [x]}}"),
    expect: {
      jobs: [
        "first-group-start",
        "first-x",
        "first-group-end",
        "second-group-start",
        "second-x",
        "second-group-end",
      ],
    },
  },
  {
    rules: ["R-JG-5"],
    says: "a filtered group is left out as a whole",
    config: jobsAnd("xn", "{g: {filters: {branches: {only: dev}}}}, n", "job-groups: {g: {jobs: [x]}}"),
    expect: { jobs: ["n"] },
  },
  {
    rules: ["R-JG-1"],
    says: "a group has no group in it",
    config: jobsAnd("x", "g", "job-groups: {h: {jobs: [x]}, g: {jobs: [h]}}"),
    expect: { error: "nesting" },
  },
  {
    rules: ["R-JG-1"],
    says: "a member has no serial group",
    config: jobsAnd("x", "g", "job-groups: {g: {jobs: [{x: {serial-group: k}}]}}"),
    expect: { error: "no `serial-group`" },
  },
  {
    rules: ["R-JG-1"],
    says: "a member cannot be required from outside",
    config: jobsAnd("xn", "g, {n: {requires: [x]}}", "job-groups: {g: {jobs: [x]}}"),
    expect: { error: "member of the job group" },
  },
  {
    rules: ["R-JG-2", "R-PP-3"],
    says: "a group takes no context",
    config: jobsAnd("x", "{g: {context: c}}", "job-groups: {g: {jobs: [x]}}"),
    expect: { error: "is invoked with `context`" },
  },
  {
    rules: ["R-SER-1"],
    says: "a serial group has no blanks",
    config: jobsAnd("a", '{a: {serial-group: "a b"}}'),
    expect: { error: "characters" },
  },
  {
    rules: ["R-SER-1"],
    says: "a serial group may be a template",
    config: jobsAnd("a", "{a: {serial-group: << pipeline.project.slug >>/d}}"),
    expect: { job: { serialGroup: "gh/octo/repo/d" } },
  },
  {
    rules: ["R-SER-6"],
    says: "one serial group twice in a workflow is a warning",
    config: jobsAnd("ab", "{a: {serial-group: k}}, {b: {serial-group: k}}"),
    expect: { jobs: ["a", "b"], warning: "serial group" },
  },
  {
    rules: ["R-ARR-1"],
    says: "a workflow is run again at most five times",
    config: config(`jobs: {a: ${J}}`, "workflows: {w: {max_auto_reruns: 6, jobs: [a]}}"),
    expect: { error: "`max_auto_reruns`" },
  },
  {
    rules: ["R-ARR-1", "R-JOBK-2"],
    says: "a job has no reruns of its own",
    config: config(`jobs: {a: {max_auto_reruns: 1, docker: [{image: a}], steps: [checkout]}}`, workflow("a")),
    expect: { error: "extraneous key [max_auto_reruns]" },
  },
  {
    rules: ["R-PHASE-4"],
    says: "a config with an error has no workflows at all",
    config: config(
      `jobs: {${steady("a")}, b: {steps: [checkout]}}`,
      "workflows: {v: {jobs: [a]}, w: {jobs: [b]}}",
    ),
    expect: { error: "no executor" },
  },
];
