import { config, J, jobsAnd, oneJob, runs, workflow, type RuleCase } from "./rule-case.ts";

/** A command `c` with the given parameters, called by the job with the given arguments. */
function command(parameters: string, call: string, step = "checkout"): string {
  return oneJob(
    `{docker: [{image: a}], steps: [${call}]}`,
    `commands: {c: {parameters: {${parameters}}, steps: [${step}]}}`,
  );
}

/** A job whose only step is the given one. */
const step = (text: string) => oneJob(`{docker: [{image: a}], steps: [${text}]}`);
const print = "{run: 'x<< parameters.p >>'}";

/** Parameters, commands, executors and orbs: section 13.4 and what it leaves out. */
export const reuseCases: readonly RuleCase[] = [
  {
    rules: ["R-PARAM-1"],
    says: "a pipeline parameter needs a default",
    config: jobsAnd("a", "a", "parameters: {a: {type: string}}"),
    expect: { error: "`default`" },
  },
  {
    rules: ["R-PARAM-1"],
    says: "a parameter needs a type",
    config: command("p: {default: x}", "c"),
    expect: { error: "`type`" },
  },
  {
    rules: ["R-PARAM-1", "R-CMD-1"],
    says: "a description may be left empty, as published orbs do",
    config: oneJob(
      "{docker: [{image: a}], steps: [c]}",
      "commands: {c: {description: , parameters: {p: {type: string, default: x, description: }}, steps: [checkout]}}",
    ),
    expect: { steps: ["checkout"] },
  },
  {
    rules: ["R-PARAM-2"],
    says: "a parameter without a default must be given",
    config: command("to: {type: string}", "c"),
    expect: { error: "Missing required argument(s): to" },
  },
  {
    rules: ["R-PARAM-2"],
    says: "an empty default is none",
    config: command("to: {type: string, default: }", "c"),
    expect: { error: "Missing required argument(s): to" },
  },
  {
    rules: ["R-PARAM-3"],
    says: "a job takes only declared arguments",
    config: jobsAnd("a", "{a: {x: 1}}"),
    expect: { error: "Unexpected argument(s): x" },
  },
  {
    rules: ["R-PARAM-3"],
    says: "a trigger gives only declared parameters",
    config: jobsAnd("a", "a"),
    input: { parameters: { zz: 1 } },
    expect: { error: "Unexpected argument(s): zz" },
  },
  {
    rules: ["R-PARAM-4"],
    says: "an enum's default is one of its values",
    config: jobsAnd("a", "a", "parameters: {p: {type: enum, enum: [a], default: b}}"),
    expect: { error: "not a value of the enum" },
  },
  {
    rules: ["R-PARAM-4"],
    says: "defaults of commands are checked without a call",
    config: jobsAnd(
      "a",
      "a",
      "commands: {c: {parameters: {p: {type: integer, default: x}}, steps: [checkout]}}",
    ),
    expect: { error: "expected type: integer" },
  },
  {
    rules: ["R-PARAM-5"],
    says: "a flag is no text",
    config: command("p: {type: boolean}", '{c: {p: "true"}}'),
    expect: { error: 'actual value: "true" (type string)' },
  },
  {
    rules: ["R-PARAM-6"],
    says: "a value of an enum may be passed on as a text",
    config: oneJob(
      "{docker: [{image: a}], steps: [{outer: {e: a}}]}",
      `commands: {outer: {parameters: {e: {type: enum, enum: [a]}}, steps: [{c: {p: << parameters.e >>}}]}, c: {parameters: {p: {type: string}}, steps: [${print}]}}`,
    ),
    expect: { commands: ["xa"] },
  },
  {
    rules: ["R-PARAM-7"],
    says: "a text with a tag in it is a text",
    config: command("p: {type: string}", "{c: {p: 'n<< pipeline.number >>'}}", print),
    expect: { commands: ["xn7"] },
  },
  {
    rules: ["R-PARAM-8"],
    says: "a number of the pipeline is taken as a text",
    config: command("p: {type: string}", "{c: {p: << pipeline.number >>}}", print),
    expect: { commands: ["x7"] },
  },
  {
    rules: ["R-PARAM-8"],
    says: "a number of a parameter is not",
    config: oneJob(
      "{docker: [{image: a}], steps: [{c: {p: << pipeline.parameters.n >>}}]}",
      "parameters: {n: {type: integer, default: 1}}",
      "commands: {c: {parameters: {p: {type: string}}, steps: [checkout]}}",
    ),
    expect: { error: "expected type: string" },
  },
  {
    rules: ["R-PARAM-9"],
    says: "a text of the pipeline is no flag",
    config: command("p: {type: boolean}", "{c: {p: << pipeline.git.branch >>}}"),
    expect: { error: "expected type: boolean" },
  },
  {
    rules: ["R-PARAM-10"],
    says: "an unquoted number is no text",
    config: command("p: {type: string}", "{c: {p: 1.20}}"),
    expect: { error: "expected type: string" },
  },
  {
    rules: ["R-PARAM-10"],
    says: "an unquoted number is no value of an enum",
    config: command('p: {type: enum, enum: ["1"]}', "{c: {p: 1}}"),
    expect: { error: "expected type: enum" },
  },
  {
    rules: ["R-PARAM-11"],
    says: "steps are a list",
    config: command("s: {type: steps}", "{c: {s: {run: a}}}"),
    expect: { error: "expected type: steps" },
  },
  {
    rules: ["R-PARAM-12"],
    says: "a job's parameter cannot be called `name`",
    config: config(
      "jobs: {j: {parameters: {name: {type: string, default: x}}, docker: [{image: a}], steps: [checkout]}}",
      workflow("j"),
    ),
    expect: { error: "reserved parameter names" },
  },
  {
    rules: ["R-PARAM-12"],
    says: "an executor's parameter cannot be called `name`",
    config: jobsAnd(
      "a",
      "a",
      "executors: {e: {parameters: {name: {type: string, default: x}}, docker: [{image: a}]}}",
    ),
    expect: { error: "reserved parameter names" },
  },
  {
    rules: ["R-PARAM-13"],
    says: "a flag in a trigger is no text",
    config: jobsAnd("a", "a", "parameters: {deploy: {type: boolean, default: false}}"),
    input: { parameters: { deploy: "true" } },
    expect: { error: "expected type: boolean" },
  },
  {
    rules: ["R-PARAM-13"],
    says: "a trigger's value has at most 512 characters",
    config: jobsAnd("a", "a", "parameters: {p: {type: string, default: x}}"),
    input: { parameters: { p: "x".repeat(513) } },
    expect: { error: "512" },
  },
  {
    rules: ["R-PARAM-14"],
    says: "capitals in a parameter's name are a warning",
    config: command("OS: {type: string, default: x}", "c"),
    expect: { steps: ["checkout"], warning: '"OS"' },
  },
  {
    rules: ["R-PARAM-14"],
    says: "a variable's name has no dash and no leading digit",
    config: command("v: {type: env_var_name}", "{c: {v: 1A}}"),
    expect: { error: "no name of a variable" },
  },
  {
    rules: ["R-PARAM-14"],
    says: "a dash is not part of a variable's name",
    config: command("v: {type: env_var_name}", "{c: {v: A-B}}"),
    expect: { error: "no name of a variable" },
  },
  {
    rules: ["R-PARAM-14"],
    says: "an underscore may begin a variable's name",
    config: command("v: {type: env_var_name}", "{c: {v: _A1}}"),
    expect: { steps: ["checkout"] },
  },
  {
    rules: ["R-PARAM-15"],
    says: "a command may be called with empty braces or a colon",
    config: oneJob("{docker: [{image: a}], steps: [{c: {}}, {c: }]}", "commands: {c: {steps: [checkout]}}"),
    expect: { steps: ["checkout", "checkout"], warning: "no arguments" },
  },
  {
    rules: ["R-PARAM-15"],
    says: "a command without parameters takes no arguments",
    config: oneJob("{docker: [{image: a}], steps: [{c: {x: 1}}]}", "commands: {c: {steps: [checkout]}}"),
    expect: { error: "Unexpected argument(s): x" },
  },
  {
    rules: ["R-PARAM-16"],
    says: "a command does not see the job's parameters",
    config: config(
      "commands: {c: {steps: [{run: << parameters.x >>}]}}",
      "jobs: {j: {parameters: {x: {type: string, default: a}}, docker: [{image: a}], steps: [c]}}",
      workflow("j"),
    ),
    expect: { error: "parameters.x" },
  },

  {
    rules: ["R-STEP-1"],
    says: "a step has one key",
    config: step("{run: null, command: x}"),
    expect: { error: "exactly one key" },
  },
  {
    rules: ["R-STEP-1"],
    says: "a passed step has one key",
    config: command("s: {type: steps}", "{c: {s: [{run: a, name: b}]}}", "{steps: << parameters.s >>}"),
    expect: { error: "exactly one key" },
  },
  {
    rules: ["R-STEP-2"],
    says: "a command may take the place of a built-in step",
    config: oneJob(J, "commands: {checkout: {steps: [{run: mine}]}}"),
    expect: { commands: ["mine"] },
  },
  {
    rules: ["R-STEP-2", "R-STEP-7"],
    says: "in itself its name means itself",
    config: oneJob(J, "commands: {checkout: {steps: [checkout]}}"),
    expect: { error: "calls itself" },
  },
  {
    rules: ["R-STEP-3"],
    says: "the config and an orb each have their own commands",
    config: config(
      `orbs: {o: {commands: {deploy: {steps: [{run: orb}]}}, jobs: {t: {docker: [{image: a}], steps: [deploy]}}}}`,
      "commands: {deploy: {steps: [{run: config}]}}",
      workflow("o/t"),
    ),
    expect: { commands: ["orb"] },
  },
  {
    rules: ["R-STEP-4"],
    says: "an unknown step is an error",
    config: step("nosuch"),
    expect: { error: "Cannot find a definition for command named nosuch" },
  },
  {
    rules: ["R-STEP-4"],
    says: "a step of an unknown orb is an error",
    config: step("x/y"),
    expect: { error: "Cannot find orb 'x' looking for command named 'x/y'" },
  },
  {
    rules: ["R-STEP-4"],
    says: "a job is no step",
    config: config(`jobs: {a: ${J}, j: {docker: [{image: a}], steps: [a]}}`, workflow("j")),
    expect: { error: "command named a" },
  },
  {
    rules: ["R-STEP-5"],
    says: "passed steps are put in place",
    config: command("s: {type: steps}", "{c: {s: [{run: a}, checkout]}}", "{steps: << parameters.s >>}"),
    expect: { steps: ["run", "checkout"] },
  },
  {
    rules: ["R-STEP-5"],
    says: "`steps` takes a list, too",
    config: step("{steps: [{run: a}, checkout]}"),
    expect: { steps: ["run", "checkout"] },
  },
  {
    rules: ["R-STEP-5"],
    says: "a parameter alone in the list is put in place, too",
    config: command("s: {type: steps}", "{c: {s: [{run: a}, checkout]}}", "<< parameters.s >>"),
    expect: { steps: ["run", "checkout"] },
  },
  {
    rules: ["R-STEP-6"],
    says: "a condition's steps may be a parameter",
    config: command(
      "s: {type: steps}",
      "{c: {s: [{run: a}]}}",
      "{when: {condition: true, steps: << parameters.s >>}}",
    ),
    expect: { commands: ["a"] },
  },
  {
    rules: ["R-STEP-6"],
    says: "a command whose steps all fold away leaves nothing",
    config: oneJob(
      "{docker: [{image: a}], steps: [checkout, cmd]}",
      "commands: {cmd: {steps: [{when: {condition: false, steps: [{run: a}]}}]}}",
    ),
    expect: { compiled: { jobs: { j: { steps: ["checkout"] } } } },
  },
  {
    rules: ["R-STEP-7"],
    says: "commands cannot call one another in a circle",
    config: oneJob("{docker: [{image: a}], steps: [a]}", "commands: {a: {steps: [b]}, b: {steps: [a]}}"),
    expect: { error: "recursion" },
  },
  {
    rules: ["R-STEP-8"],
    says: "passed steps are looked up where they are written",
    config: config(
      "orbs: {o: {commands: {c: {parameters: {s: {type: steps}}, steps: [{steps: << parameters.s >>}]}, mine: {steps: [{run: orb}]}}}}",
      "commands: {mine: {steps: [{run: config}]}}",
      "jobs: {j: {docker: [{image: a}], steps: [{o/c: {s: [mine]}}]}}",
      workflow("j"),
    ),
    expect: { commands: ["config"] },
  },
  {
    rules: ["R-STEP-8"],
    says: "passed steps read the parameters of the caller",
    config: oneJob(
      "{docker: [{image: a}], steps: [{outer: {p: mine}}]}",
      "commands: {inner: {parameters: {s: {type: steps}, p: {type: string, default: other}}, steps: [{steps: << parameters.s >>}]}, outer: {parameters: {p: {type: string}}, steps: [{inner: {s: [{run: << parameters.p >>}]}}]}}",
    ),
    expect: { commands: ["mine"] },
  },
  {
    rules: ["R-STEP-9", "R-PP-1"],
    says: "pre-steps come first, post-steps last",
    config: config(
      `jobs: {j: ${runs("own")}}`,
      workflow("{j: {pre-steps: [{run: p}], post-steps: [{run: q}]}}"),
    ),
    expect: { commands: ["p", "own", "q"] },
  },
  {
    rules: ["R-STEP-10"],
    says: "`when` on a command is an argument",
    config: oneJob(
      "{docker: [{image: a}], steps: [{c: {when: always}}]}",
      "commands: {c: {steps: [checkout]}}",
    ),
    expect: { error: "Unexpected argument(s): when" },
  },
  {
    rules: ["R-CMD-1"],
    says: "a command needs steps",
    config: oneJob(J, "commands: {c: {description: x}}"),
    expect: { error: "`steps`" },
  },
  {
    rules: ["R-CMD-1"],
    says: "a called command that is written as nothing is told what it lacks",
    config: oneJob("{docker: [{image: a}], steps: [c]}", "commands: {c: }"),
    expect: { error: "the command `c` needs the key `steps`" },
  },
  {
    rules: ["R-JOBK-1"],
    says: "an invoked job that is written as nothing does not vanish",
    config: "version: 2\njobs: {build: }\nworkflows: {version: 2, w: {jobs: [build]}}\n",
    expect: { error: "the job has no executor" },
  },
  {
    rules: ["R-PARAM-1", "R-PARAM-2"],
    says: "a pipeline parameter's default of nothing counts as none",
    config: oneJob(J, "parameters: {p: {type: string, default: }}"),
    expect: { error: "needs a default" },
  },
  {
    rules: ["R-CMD-1", "R-CMD-3"],
    says: "a command has no environment",
    config: oneJob(J, "commands: {c: {environment: {A: b}, steps: [checkout]}}"),
    expect: { error: "extraneous key [environment]" },
  },
  {
    rules: ["R-CMD-2"],
    says: "a command's arguments and defaults meet in its steps",
    config: command(
      "p: {type: string}, q: {type: string, default: d}",
      "{c: {p: a}}",
      "{run: '<< parameters.p >><< parameters.q >>'}",
    ),
    expect: { commands: ["ad"] },
  },
  {
    rules: ["R-PP-1"],
    says: "pre-steps are written in the workflow, they see no parameters of the job",
    config: config(
      "jobs: {j: {parameters: {x: {type: string, default: a}}, docker: [{image: a}], steps: [checkout]}}",
      workflow("{j: {pre-steps: [{run: << parameters.x >>}]}}"),
    ),
    expect: { error: "parameters.x" },
  },
  {
    rules: ["R-PP-2"],
    says: "post-steps keep their `when`",
    config: config(
      `jobs: {j: ${runs("own")}}`,
      workflow("{j: {post-steps: [{run: {command: q, when: always}}]}}"),
    ),
    expect: { job: { steps: [{ when: "on_success" }, { when: "always" }] } },
  },
  {
    rules: ["R-PP-3", "R-APR-2"],
    says: "pre-steps of an approval have no effect",
    config: jobsAnd("a", "a, {hold: {type: approval, pre-steps: [checkout]}}"),
    expect: { jobs: ["a", "hold"], warning: "no effect" },
  },

  {
    rules: ["R-EXEC-1", "R-JOBK-1"],
    says: "a job has one of docker and machine",
    config: oneJob("{docker: [{image: a}], machine: true, steps: [checkout]}"),
    expect: { error: "one of docker, machine and macos" },
  },
  {
    rules: ["R-EXEC-1"],
    says: "an executor needs a type if the job has none",
    config: oneJob("{executor: e, steps: [checkout]}", "executors: {e: {resource_class: small}}"),
    expect: { error: "missing a required key" },
  },
  {
    rules: ["R-EXEC-2"],
    says: "an unknown executor is an error",
    config: oneJob("{executor: nosuch, steps: [checkout]}"),
    expect: { error: "executor named nosuch" },
  },
  {
    rules: ["R-EXEC-2"],
    says: "an executor may be named by a template",
    config: oneJob(
      "{executor: 'e-<< pipeline.git.branch >>', steps: [checkout]}",
      "executors: {e-main: {docker: [{image: i}]}}",
    ),
    expect: { job: { executor: { images: [{ image: "i" }] } } },
  },
  {
    rules: ["R-EXEC-3"],
    says: "an executor's value carries its arguments",
    config: config(
      "executors: {py: {parameters: {tag: {type: string}}, docker: [{image: 'py:<< parameters.tag >>'}]}}",
      "jobs: {j: {parameters: {e: {type: executor}}, executor: << parameters.e >>, steps: [checkout]}}",
      workflow('{j: {e: {name: py, tag: "2.7"}}}'),
    ),
    expect: { job: { executor: { images: [{ image: "py:2.7" }] } } },
  },
  {
    rules: ["R-EXEC-4"],
    says: "an orb's default executor is the orb's",
    config: config(
      "orbs: {o: {executors: {x: {docker: [{image: orb}]}}, jobs: {t: {parameters: {e: {type: executor, default: x}}, executor: << parameters.e >>, steps: [checkout]}}}}",
      "executors: {x: {docker: [{image: config}]}}",
      workflow("o/t"),
    ),
    expect: { job: { executor: { images: [{ image: "orb" }] } } },
  },
  {
    rules: ["R-EXEC-4"],
    says: "an executor that the caller names is the caller's",
    config: config(
      "orbs: {o: {executors: {x: {docker: [{image: orb}]}}, jobs: {t: {parameters: {e: {type: executor, default: x}}, executor: << parameters.e >>, steps: [checkout]}}}}",
      "executors: {x: {docker: [{image: config}]}}",
      workflow("{o/t: {e: x}}"),
    ),
    expect: { job: { executor: { images: [{ image: "config" }] } } },
  },
  {
    rules: ["R-EXEC-5"],
    says: "environments are joined, the job wins",
    config: oneJob(
      '{executor: e, environment: {B: "2"}, steps: [checkout]}',
      'executors: {e: {docker: [{image: i}], environment: {A: "1", B: "1"}}}',
    ),
    expect: {
      job: {
        environment: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      },
    },
  },
  {
    rules: ["R-EXEC-5"],
    says: "a job's docker replaces the executor's",
    config: oneJob(
      "{executor: e, docker: [{image: base}], steps: [checkout]}",
      "executors: {e: {docker: [{image: node}, {image: db}], shell: zsh}}",
    ),
    expect: { job: { executor: { images: [{ image: "base" }] }, shell: ["zsh"] } },
  },
  {
    rules: ["R-EXEC-5"],
    says: "a job's machine replaces the executor's docker",
    config: oneJob(
      "{executor: e, machine: {image: vm}, steps: [checkout]}",
      "executors: {e: {docker: [{image: node}]}}",
    ),
    expect: { job: { executor: { kind: "machine", image: "vm" } } },
  },
  {
    rules: ["R-EXEC-6"],
    says: "a class in `machine` and another beside it clash",
    config: oneJob("{machine: {image: i, resource_class: large}, resource_class: medium, steps: [checkout]}"),
    expect: { error: "stands twice" },
  },
  {
    rules: ["R-EXEC-6"],
    says: "a class in `machine` counts",
    config: oneJob("{machine: {image: i, resource_class: large}, steps: [checkout]}"),
    expect: { job: { resourceClass: "large" } },
  },
  {
    rules: ["R-EXEC-7"],
    says: "an executor reads its own parameters only",
    config: config(
      "executors: {e: {docker: [{image: 'i:<< parameters.t >>'}]}}",
      "jobs: {j: {parameters: {t: {type: string, default: x}}, executor: e, steps: [checkout]}}",
      workflow("j"),
    ),
    expect: { error: "parameters.t" },
  },

  {
    rules: ["R-JOB-1"],
    says: "a job is rendered for each invocation",
    config: config(
      "jobs: {j: {parameters: {v: {type: integer}}, docker: [{image: 'n:<< parameters.v >>'}], parallelism: << parameters.v >>, steps: [checkout]}}",
      workflow("{j: {name: x, v: 2}}, {j: {name: y, v: 3}}"),
    ),
    expect: {
      compiled: {
        jobs: {
          x: { docker: [{ image: "n:2" }], parallelism: 2 },
          y: { docker: [{ image: "n:3" }], parallelism: 3 },
        },
      },
    },
  },
  {
    rules: ["R-JOB-2"],
    says: "what is no key of an invocation is an argument",
    config: config(
      `jobs: {j: {parameters: {x: {type: string}}, docker: [{image: a}], steps: [{run: << parameters.x >>}]}}`,
      workflow("{j: {name: n, context: c, x: v}}"),
    ),
    expect: { commands: ["v"], job: { name: "n", contexts: ["c"] } },
  },
  {
    rules: ["R-JOB-3"],
    says: "parallelism is at least 1",
    config: oneJob("{docker: [{image: a}], parallelism: 0, steps: [checkout]}"),
    expect: { error: "`parallelism`" },
  },
  {
    rules: ["R-JOB-4"],
    says: "steps of a no-op job do not run",
    config: config("jobs: {n: {type: no-op, steps: [checkout]}}", workflow("n")),
    expect: { jobs: ["n"], warning: "no effect" },
  },

  {
    rules: ["R-ORB-1", "R-ORB-7"],
    says: "an inline orb has commands, jobs, executors and orbs",
    config: config(
      "orbs: {o: {orbs: {inner: {commands: {c: {steps: [{run: deep}]}}}}, executors: {e: {docker: [{image: i}]}}, jobs: {t: {executor: e, steps: [inner/c]}}}}",
      workflow("o/t"),
    ),
    expect: { commands: ["deep"] },
  },
  {
    rules: ["R-ORB-1"],
    says: "a reference may be a template",
    config: config(
      "parameters: {v: {type: string, default: '1.2.3'}}",
      "orbs: {o: 'ns/o@<< pipeline.parameters.v >>'}",
      workflow("o/t"),
    ),
    input: { orbs: new Map([["ns/o@1.2.3", `jobs: {t: ${runs("orb")}}`]]) },
    expect: { commands: ["orb"] },
  },
  {
    rules: ["R-ORB-2"],
    says: "a version has no suffix",
    config: jobsAnd("a", "a", "orbs: {x: ns/o@1.2.3-rc1}"),
    expect: { error: "no reference of an orb (the pattern" },
  },
  {
    rules: ["R-ORB-3"],
    says: "an orb's own orbs are resolved, too",
    config: config("orbs: {o: ns/o@1}", workflow("o/t")),
    input: {
      orbs: new Map([
        ["ns/o@1", "orbs: {i: ns/i@2.0.0}\njobs: {t: {docker: [{image: a}], steps: [i/c]}}"],
        ["ns/i@2.0.0", "commands: {c: {steps: [{run: inner}]}}"],
      ]),
    },
    expect: { commands: ["inner"] },
  },
  {
    rules: ["R-ORB-4"],
    says: "an orb has no workflows",
    config: jobsAnd("a", "a", "orbs: {o: {workflows: {}}}"),
    expect: { error: "extraneous key [workflows]" },
  },
  {
    rules: ["R-ORB-5"],
    says: "an orb does not see the config's commands",
    config: config(
      "orbs: {o: {jobs: {t: {docker: [{image: a}], steps: [mine]}}}}",
      "commands: {mine: {steps: [checkout]}}",
      workflow("o/t"),
    ),
    expect: { error: "command named mine" },
  },
  {
    rules: ["R-ORB-5"],
    says: "an orb does not see the config's executors",
    config: config(
      "orbs: {o: {jobs: {t: {executor: default, steps: [checkout]}}}}",
      "executors: {default: {docker: [{image: a}]}}",
      workflow("o/t"),
    ),
    expect: { error: "executor named default" },
  },
  {
    rules: ["R-ORB-5"],
    says: "an orb sees the pipeline's values",
    config: config(`orbs: {o: {jobs: {t: ${runs("<< pipeline.number >>")}}}}`, workflow("o/t")),
    expect: { commands: ["7"] },
  },
  {
    rules: ["R-ORB-6"],
    says: "a name has one slash",
    config: step("a/b/c"),
    expect: { error: "at most one slash" },
  },
  {
    rules: ["R-ORB-8"],
    says: "an orb may be an address",
    config: config("orbs: {o: 'https://orbs.example.org/o.yml'}", workflow("o/t")),
    input: { orbs: new Map([["https://orbs.example.org/o.yml", `version: 2.1\njobs: {t: ${runs("orb")}}`]]) },
    expect: { commands: ["orb"] },
  },
  {
    rules: ["R-ORB-9"],
    says: "an orb that cannot be had is an error, and its jobs make no further ones",
    config: config(`orbs: {o: ns/o@1}`, `jobs: {a: ${J}}`, workflow("o/t, {a: {requires: [o/t]}}")),
    input: { unavailableOrbs: new Map([["ns/o@1", "no network"]]) },
    expect: { error: "cannot be had: no network" },
  },
  {
    rules: ["R-ORB-9"],
    says: "an orb that is not used is a warning",
    config: jobsAnd("a", "a", "orbs: {o: {jobs: {}}}"),
    expect: { jobs: ["a"], warning: "`o` is not used" },
  },
  {
    rules: ["R-ORB-11"],
    says: "an orb's job keeps the slash in its name",
    config: config(`orbs: {o: {jobs: {t: ${J}}}}`, workflow("o/t")),
    expect: { jobs: ["o/t"] },
  },
  {
    rules: ["R-ORB-12", "R-CF-10"],
    says: "an orb from the registry is printed with the version that it came to",
    config: config("orbs: {o: ns/o@1}", workflow("o/t")),
    input: { orbs: new Map([["ns/o@1", { source: `jobs: {t: ${runs("orb")}}`, resolved: "ns/o@1.2.3" }]]) },
    expect: { commands: ["orb"] },
  },
  {
    rules: ["R-OVR-1"],
    says: "only an orb's job overrides",
    config: jobsAnd("ab", "{a: {override-with: b}}"),
    expect: { error: "must name an orb's job" },
  },
  {
    rules: ["R-OVR-1"],
    says: "a job that does not exist overrides nothing, with a warning",
    config: config(
      "orbs: {o: {jobs: {}}}",
      `jobs: {a: ${runs("own")}}`,
      workflow("{a: {override-with: o/t}}"),
    ),
    expect: { commands: ["own"], warning: "the named job runs" },
  },
  {
    rules: ["R-OVR-2"],
    says: "an override replaces the body, and nothing else",
    config: config(
      `orbs: {o: {jobs: {t: ${runs("orb")}}}}`,
      `jobs: {test: ${runs("own")}, b: ${J}}`,
      workflow("{test: {override-with: o/t, requires: [b]}}, b"),
    ),
    expect: { commands: ["orb"], jobs: ["test", "b"], requires: { test: ["b"] } },
  },
];
