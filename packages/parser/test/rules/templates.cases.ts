import { config, J, jobsAnd, oneJob, onTag, runs, workflow, type RuleCase } from "./rule-case.ts";

const when = (condition: string) =>
  config(`jobs: {j: ${J}}`, `workflows: {w: {when: ${condition}, jobs: [j]}}`);
const created = { jobs: ["j"] };
const notCreated = { jobs: [], leftOut: ["w"] };
/** A command with a boolean parameter `loud`, called with true. */
const loud = (command: string) =>
  oneJob(
    "{docker: [{image: a}], steps: [{say: {loud: true}}]}",
    `commands: {say: {parameters: {loud: {type: boolean}}, steps: [{run: ${JSON.stringify(command)}}]}}`,
  );

/** Templates, scopes and expressions: section 13.2 and what it leaves out. */
export const templateCases: readonly RuleCase[] = [
  {
    rules: ["R-TPL-1", "R-TPL-3"],
    says: "`>>` outside of a tag is plain text",
    config: oneJob(runs("echo a >> f")),
    expect: { commands: ["echo a >> f"] },
  },
  {
    rules: ["R-TPL-2"],
    says: "`\\<<` is a literal `<<`",
    config: oneJob("{docker: [{image: a}], steps: [{run: 'a \\<< b'}]}"),
    expect: { commands: ["a << b"] },
  },
  {
    rules: ["R-TPL-2"],
    says: "two backslashes are one, with a tag behind it",
    config: oneJob("{docker: [{image: a}], steps: [{run: '\\\\<< pipeline.number >>'}]}"),
    expect: { commands: ["\\7"] },
  },
  {
    rules: ["R-TPL-2"],
    says: "an escaped here-string comes out whole",
    config: oneJob("{docker: [{image: a}], steps: [{run: 'read a \\<<< \"$b\"'}]}"),
    expect: { commands: ['read a <<< "$b"'] },
  },
  {
    rules: ["R-TPL-4"],
    says: "a tag of more than 2048 characters is told before it is told to be open",
    config: oneJob(runs(`cat <<EOF\n${"x".repeat(2100)}`)),
    expect: { error: "must be less than 2048 characters" },
  },
  {
    rules: ["R-TPL-4"],
    says: "blanks in a tag do not matter",
    config: oneJob(runs("<<pipeline.number>>-<<   pipeline.number\t>>")),
    expect: { commands: ["7-7"] },
  },
  {
    rules: ["R-TPL-5"],
    says: "a shell's here-document is an open tag",
    config: oneJob(runs("cat <<EOF")),
    expect: { error: "Unclosed '<<' tag" },
  },
  {
    rules: ["R-TPL-5"],
    says: "what stands between `<<` and a later `>>` is read as an expression",
    config: oneJob(runs("cat <<EOF >> out")),
    expect: { error: 'variable "EOF" that does not exist' },
  },
  {
    rules: ["R-TPL-6"],
    says: "an empty tag is an error",
    config: oneJob(runs("echo <<>>")),
    expect: { error: "Expected expression" },
  },
  {
    rules: ["R-TPL-7"],
    says: "a section shows its text if its name is true, an inverted one if not",
    config: loud(
      "echo <<# parameters.loud >>A<</ parameters.loud >><<^ parameters.loud >>b<</ parameters.loud >>",
    ),
    expect: { commands: ["echo A"] },
  },
  {
    rules: ["R-TPL-7"],
    says: "a section must be closed",
    config: loud("<<# parameters.loud >>x"),
    expect: { error: "Unclosed section" },
  },
  {
    rules: ["R-TPL-8"],
    says: "a tag that is the whole value keeps its type",
    config: oneJob("{docker: [{image: a}], parallelism: << pipeline.number >>, steps: [checkout]}"),
    expect: { job: { parallelism: 7 } },
  },
  {
    rules: ["R-TPL-8", "R-JOB-3"],
    says: "text around a tag makes a text",
    config: oneJob('{docker: [{image: a}], parallelism: "0<< pipeline.number >>", steps: [checkout]}'),
    expect: { error: "`parallelism` must be an integer" },
  },
  {
    rules: ["R-TPL-9"],
    says: "nothing is the empty text",
    config: oneJob(runs("echo << pipeline.git.tag >>.")),
    expect: { commands: ["echo ."] },
  },
  {
    rules: ["R-TPL-9"],
    says: "a flag in a text is true or false",
    config: loud("<< parameters.loud >>!"),
    expect: { commands: ["true!"] },
  },
  {
    rules: ["R-TPL-9"],
    says: "steps have no text",
    config: oneJob(
      "{docker: [{image: a}], steps: [{c: {s: [checkout]}}]}",
      "commands: {c: {parameters: {s: {type: steps}}, steps: [{run: 'x << parameters.s >>'}]}}",
    ),
    expect: { error: "a list of steps cannot be part of a text" },
  },
  {
    rules: ["R-TPL-10"],
    says: "a value that looks like a template is not rendered again",
    config: oneJob(runs("<< pipeline.parameters.p >>"), "parameters: {p: {type: string, default: x}}"),
    input: { parameters: { p: "<< pipeline.number >>" } },
    expect: { commands: ["<< pipeline.number >>"] },
  },
  {
    rules: ["R-TPL-11"],
    says: "keys are no templates",
    config: oneJob("{docker: [{image: a}], environment: {A: << pipeline.number >>}, steps: [checkout]}"),
    expect: { job: { environment: [{ name: "A", value: "7" }] } },
  },
  {
    rules: ["R-TPL-12"],
    says: "quotes around a tag do not matter",
    config: oneJob('{docker: [{image: a}], parallelism: "<< pipeline.number >>", steps: [checkout]}'),
    expect: { job: { parallelism: 7 } },
  },
  {
    rules: ["R-TPL-13"],
    says: "a comment may have any `<<`",
    config: `${jobsAnd("a", "a")}# cat <<EOF\n`,
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-TPL-14"],
    says: "`include` is for packing orbs only",
    config: oneJob(runs("<<include(scripts/x.sh)>>")),
    expect: { error: "orb pack" },
  },
  {
    rules: ["R-SCOPE-1", "R-PHASE-3"],
    says: "a parameter that is not declared is an error where the job runs",
    config: oneJob(runs("<< parameters.zz >>")),
    expect: { error: "parameters.zz" },
  },
  {
    rules: ["R-PHASE-2"],
    says: "the same in a job that nobody invokes is none",
    config: config(`jobs: {j: ${runs("<< parameters.zz >>")}, a: ${J}}`, workflow("a")),
    expect: { jobs: ["a"] },
  },
  {
    rules: ["R-SCOPE-1"],
    says: "a pipeline parameter that is not declared is an error",
    config: oneJob(runs("<< pipeline.parameters.zz >>")),
    expect: { error: 'variable "pipeline.parameters.zz" that does not exist' },
  },
  {
    rules: ["R-SCOPE-1", "R-ORB-5"],
    says: "an inline orb does not see the config's pipeline parameters",
    config: config(
      "parameters: {zz: {type: string, default: x}}",
      `orbs: {o: {jobs: {t: ${runs("<< pipeline.parameters.zz >>")}}}}`,
      workflow("o/t"),
    ),
    expect: { error: 'variable "pipeline.parameters.zz" that does not exist' },
  },
  {
    rules: ["R-SCOPE-2"],
    says: "`matrix` has a meaning only where there is one",
    config: jobsAnd("a", "{a: {name: 'x-<< matrix.a >>'}}"),
    expect: { error: "matrix" },
  },
  {
    rules: ["R-SCOPE-3"],
    says: "a pipeline value that does not exist is empty, with a warning",
    config: oneJob(runs("echo << pipeline.git.brnach >>")),
    expect: { commands: ["echo "], warning: "pipeline.git.brnach" },
  },
  {
    rules: ["R-SCOPE-3", "R-PV-1"],
    says: "a known pipeline value that this pipeline lacks is empty, without a word",
    config: oneJob(runs("echo << pipeline.schedule.name >>")),
    expect: { commands: ["echo "] },
  },
  {
    rules: ["R-SCOPE-4"],
    says: "a name without a namespace is an error",
    config: oneJob(runs("<< foo >>")),
    expect: { error: 'variable "foo" that does not exist' },
  },
  {
    rules: ["R-SCOPE-5"],
    says: "an executor's arguments in an invocation are read with the job's parameters",
    config: config(
      "executors: {x: {parameters: {tag: {type: string}}, docker: [{image: 'i:<< parameters.tag >>'}]}}",
      "jobs: {j: {parameters: {e: {type: executor}, k: {type: string}}, executor: << parameters.e >>, steps: [checkout]}}",
      workflow("{j: {k: t1, e: {name: x, tag: << parameters.k >>}}}"),
    ),
    expect: { job: { executor: { images: [{ image: "i:t1" }] } } },
  },
  {
    rules: ["R-SCOPE-6"],
    says: "a default may read the pipeline",
    config: oneJob(
      "{docker: [{image: a}], steps: [c]}",
      "commands: {c: {parameters: {p: {type: string, default: 'b-<< pipeline.git.branch >>'}}, steps: [{run: << parameters.p >>}]}}",
    ),
    expect: { commands: ["b-main"] },
  },
  {
    rules: ["R-SCOPE-6"],
    says: "a default cannot read other parameters",
    config: oneJob(
      "{docker: [{image: a}], steps: [c]}",
      "commands: {c: {parameters: {a: {type: string, default: x}, p: {type: string, default: << parameters.a >>}}, steps: [checkout]}}",
    ),
    expect: { error: "parameters.a" },
  },
  {
    rules: ["R-EXPR-1"],
    says: "`and` and `or` answer an operand",
    config: oneJob(
      '{docker: [{image: a}], resource_class: \'<< pipeline.git.branch == "main" and "xlarge" or "medium" >>\', steps: [checkout]}',
    ),
    expect: { job: { resourceClass: "xlarge" } },
  },
  {
    rules: ["R-EXPR-1", "R-EXPR-4"],
    says: "the side that is not needed may name anything",
    config: oneJob(runs("<< false and nosuch >>")),
    expect: { commands: ["false"] },
  },
  {
    rules: ["R-EXPR-2"],
    says: "0 is true in an expression",
    config: oneJob(runs('<< 0 and "x" >>')),
    expect: { commands: ["x"] },
  },
  {
    rules: ["R-EXPR-3"],
    says: "a comparison with nothing is nothing",
    config: when("pipeline.git.tag == pipeline.git.tag"),
    expect: notCreated,
  },
  {
    rules: ["R-EXPR-3"],
    says: "nothing or a text is the text",
    config: oneJob(runs('<< pipeline.git.tag or "none" >>')),
    expect: { commands: ["none"] },
  },
  { rules: ["R-EXPR-3"], says: "not nothing is true", config: when("not pipeline.git.tag"), expect: created },
  {
    rules: ["R-EXPR-5"],
    says: "a number is never equal to a text",
    config: when("'pipeline.number == \"7\"'"),
    expect: notCreated,
  },
  {
    rules: ["R-EXPR-6"],
    says: "a text cannot be greater than a number",
    config: when("pipeline.git.branch > 3"),
    expect: { error: "numeric operands" },
  },
  {
    rules: ["R-EXPR-6"],
    says: "a number does not start with anything",
    config: when("'pipeline.number starts-with \"7\"'"),
    expect: { error: "string operands" },
  },
  {
    rules: ["R-EXPR-7"],
    says: "a pattern must match the whole text",
    config: when("'\"hello world\" matches /hello/'"),
    expect: notCreated,
  },
  {
    rules: ["R-EXPR-7"],
    says: "a pattern may have flags in it",
    config: when("'\"Food\" matches /(?i)fo+d/'"),
    expect: created,
  },
  {
    rules: ["R-EXPR-7"],
    says: "a pattern cannot look ahead",
    config: when("pipeline.git.branch matches /(?!a).*/"),
    expect: { error: "pattern" },
  },
  {
    rules: ["R-EXPR-7"],
    says: "a pattern may have 256 characters",
    config: when(`pipeline.git.branch matches /${"a".repeat(256)}/`),
    expect: notCreated,
  },
  {
    rules: ["R-EXPR-7"],
    says: "a pattern may not have 257 characters",
    config: when(`pipeline.git.branch matches /${"a".repeat(257)}/`),
    expect: { error: "Pattern" },
  },
  {
    rules: ["R-EXPR-8"],
    says: "`not` binds tighter than `and`",
    config: when("not true and false"),
    expect: notCreated,
  },
  {
    rules: ["R-EXPR-8"],
    says: "parentheses bind tighter than `not`",
    config: when("not (true and false)"),
    expect: created,
  },
  {
    rules: ["R-EXPR-8"],
    says: "`not` binds tighter than `==`",
    config: when("'not pipeline.git.branch == \"dev\"'"),
    expect: notCreated,
  },
  {
    rules: ["R-EXPR-9"],
    says: "a name has no two dots in a row",
    config: when("a..b"),
    expect: { error: "Unexpected character '.'" },
  },
  {
    rules: ["R-EXPR-9"],
    says: "an old parameter that looks like an address is one name",
    config: oneJob(
      runs("<< pipeline.parameters.a:b/c >>"),
      "parameters: {'a:b/c': {type: string, default: x}}",
    ),
    expect: { commands: ["x"] },
  },
  {
    rules: ["R-EXPR-10"],
    says: "a word too many is an error",
    config: when("true true"),
    expect: { error: "additional input" },
  },
  {
    rules: ["R-EXPR-10"],
    says: "a parenthesis too many is an error",
    config: when("1 > 2) < 3"),
    expect: { error: "additional input" },
  },
  {
    rules: ["R-EXPR-10"],
    says: "an unknown word between operands is an unknown function",
    config: when("pipeline.id bar pipeline.id"),
    expect: { error: "Unknown infix function" },
  },
  {
    rules: ["R-EXPR-10"],
    says: "an unknown word at the end is a word too many",
    config: when("pipeline.id and pipeline.id baz"),
    expect: { error: "additional input" },
  },
  {
    rules: ["R-EXPR-10"],
    says: "a number must fit into 64 bits",
    config: when("pipeline.number < 9223372036854775808"),
    expect: { error: "Invalid numeric literal" },
  },
  {
    rules: ["R-EXPR-11"],
    says: "keywords are all lower or all upper case",
    config: when("TRUE AND not FALSE"),
    expect: created,
  },
  {
    rules: ["R-EXPR-11"],
    says: "`And` is a name",
    config: when("true And true"),
    expect: { error: 'Unknown infix function "And"' },
  },
  {
    rules: ["R-EXPR-12"],
    says: "an expression may have several lines",
    config: config(
      `jobs: {j: ${J}}`,
      "workflows:\n  w:\n    when: |\n      pipeline.number == 7\n      and not pipeline.git.tag\n    jobs: [j]",
    ),
    expect: created,
  },
  {
    rules: ["R-EXPR-13"],
    says: "`-` is a character of names",
    config: oneJob(runs("<< pipeline.parameters.a-b >>"), "parameters: {a-b: {type: string, default: x}}"),
    expect: { commands: ["x"] },
  },
  {
    rules: ["R-EXPR-13"],
    says: "single quotes make no text",
    config: when("\"'x' == 1\""),
    expect: { error: "Unexpected character" },
  },
  {
    rules: ["R-PV-3"],
    says: "a branch's name cannot inject YAML",
    config: oneJob("{docker: [{image: a}], environment: {B: << pipeline.git.branch >>}, steps: [checkout]}"),
    pipeline: { "pipeline.git.branch": "x\n  y: {z: 1}" },
    expect: { job: { environment: [{ name: "B", value: "x\n  y: {z: 1}" }] } },
  },

  // Conditions: section 13.3
  {
    rules: ["R-LOGIC-1"],
    says: "`and` needs a statement",
    config: when("{and: []}"),
    expect: { error: "`and` takes" },
  },
  {
    rules: ["R-LOGIC-1"],
    says: "`and` and `or` nest",
    config: when("{and: [true, {or: [false, << pipeline.number >>]}]}"),
    expect: created,
  },
  {
    rules: ["R-LOGIC-2"],
    says: "`not` takes no list",
    config: when("{not: [true]}"),
    expect: { error: "`not` takes one" },
  },
  {
    rules: ["R-LOGIC-3"],
    says: "`equal` compares values",
    config: when("{equal: [main, << pipeline.git.branch >>]}"),
    expect: created,
  },
  {
    rules: ["R-LOGIC-3"],
    says: "`equal` compares types",
    config: when('{equal: ["7", << pipeline.number >>]}'),
    expect: notCreated,
  },
  {
    rules: ["R-LOGIC-3"],
    says: "1 equals 1.0, nothing equals nothing",
    config: when("{and: [{equal: [1, 1.0]}, {equal: [null, << pipeline.git.tag >>]}]}"),
    expect: created,
  },
  {
    rules: ["R-LOGIC-4"],
    says: "`matches` matches the whole text",
    config: when('{matches: {pattern: "ma", value: << pipeline.git.branch >>}}'),
    expect: notCreated,
  },
  {
    rules: ["R-LOGIC-4"],
    says: "`matches` takes no number",
    config: when('{matches: {pattern: ".*", value: << pipeline.number >>}}'),
    expect: { error: "matches: value must produce a string" },
  },
  {
    rules: ["R-LOGIC-4"],
    says: "nothing matches no pattern",
    config: when('{matches: {pattern: ".*", value: << pipeline.git.tag >>}}'),
    expect: notCreated,
  },
  {
    rules: ["R-LOGIC-5"],
    says: "a pattern in a filter cannot look behind",
    config: jobsAnd("a", "{a: {filters: {branches: {only: /(?<=x)y/}}}}"),
    expect: { error: "Invalid regular expression" },
  },
  {
    rules: ["R-LOGIC-6"],
    says: "a hundred and one levels of logic are too many",
    config: when(`${"{not: ".repeat(101)}true${"}".repeat(101)}`),
    input: { limits: { nesting: 1000 } },
    expect: { error: "more than 100 levels" },
  },
  { rules: ["R-LOGIC-7", "R-LOGIC-8"], says: "0 is false in logic", config: when("0"), expect: notCreated },
  {
    rules: ["R-LOGIC-8"],
    says: "the text `false` in a parameter is true",
    config: config(
      'parameters: {s: {type: string, default: "false"}}',
      `jobs: {j: ${J}}`,
      "workflows: {w: {when: << pipeline.parameters.s >>, jobs: [j]}}",
    ),
    expect: created,
  },
  {
    rules: ["R-LOGIC-8"],
    says: "an empty text is false",
    config: config(
      'parameters: {s: {type: string, default: ""}}',
      `jobs: {j: ${J}}`,
      "workflows: {w: {when: << pipeline.parameters.s >>, jobs: [j]}}",
    ),
    expect: notCreated,
  },
  {
    rules: ["R-LOGIC-9"],
    says: "a workflow's `when` has no `condition`",
    config: when("{condition: true}"),
    expect: { error: "no `condition`" },
  },
  {
    rules: ["R-LOGIC-9"],
    says: "a step's `when` needs `condition` and `steps`",
    config: oneJob("{docker: [{image: a}], steps: [{when: {condition: true}}]}"),
    expect: { error: "needs the key `steps`" },
  },
  {
    rules: ["R-LOGIC-10"],
    says: "an executor is equal to its name, and to its definition",
    config: config(
      "executors: {linux: &linux {docker: [{image: a}]}, other: {docker: [{image: b}]}}",
      "jobs: {j: {parameters: {os: {type: executor}}, executor: << parameters.os >>, steps: [{when: {condition: {equal: [linux, << parameters.os >>]}, steps: [{run: name}]}}, {when: {condition: {equal: [*linux, << parameters.os >>]}, steps: [{run: definition}]}}, {when: {condition: {equal: [other, << parameters.os >>]}, steps: [{run: no}]}}]}}",
      workflow("{j: {os: linux}}"),
    ),
    expect: { commands: ["name", "definition"] },
  },
  {
    rules: ["R-WHEN-1"],
    says: "a condition may be an expression",
    config: when("'pipeline.git.branch == \"main\" and not pipeline.git.tag'"),
    expect: created,
  },
  {
    rules: ["R-WHEN-1"],
    says: "a bare word is no condition",
    config: config(`jobs: {j: ${J}}`, "workflows: {w: {unless: always, jobs: [j]}}"),
    expect: { error: "always" },
  },
  {
    rules: ["R-WHEN-1"],
    says: "a quoted `false` is an expression",
    config: when('"false"'),
    expect: notCreated,
  },
  {
    rules: ["R-WHEN-2"],
    says: "a tag with text around it always holds, with a warning",
    config: when("'<< pipeline.git.branch >> == \"x\"'"),
    expect: { ...created, warning: "always holds" },
  },
  {
    rules: ["R-WHEN-3"],
    says: "a step's condition may be an expression",
    config: oneJob(
      "{docker: [{image: a}], steps: [{when: {condition: 'pipeline.git.branch == \"dev\"', steps: [{run: no}]}}, {run: yes!}]}",
    ),
    expect: { commands: ["yes!"] },
  },
  {
    rules: ["R-WHEN-3", "R-WHEN-5"],
    says: "a step's condition that is no expression always holds, with a warning",
    config: oneJob("{docker: [{image: a}], steps: [{when: {condition: $CIRCLE_BRANCH, steps: [{run: x}]}}]}"),
    expect: { commands: ["x"], warning: "always holds" },
  },
  {
    rules: ["R-WHEN-4"],
    says: "`when` and `unless` exclude each other",
    config: config(`jobs: {j: ${J}}`, "workflows: {w: {when: true, unless: false, jobs: [j]}}"),
    expect: { error: "both `when` and `unless`" },
  },
  {
    rules: ["R-STEP-6"],
    says: "a step whose condition is false is gone",
    config: oneJob(
      "{docker: [{image: a}], steps: [{c: {f: false}}, checkout]}",
      "commands: {c: {parameters: {f: {type: boolean}}, steps: [{when: {condition: << parameters.f >>, steps: [{run: a}]}}]}}",
    ),
    expect: { steps: ["checkout"] },
  },
  {
    rules: ["R-STEP-6"],
    says: "conditions nest",
    config: oneJob(
      "{docker: [{image: a}], steps: [{when: {condition: true, steps: [{run: outer}, {unless: {condition: true, steps: [{run: inner}]}}]}}]}",
    ),
    expect: { commands: ["outer"] },
  },
  {
    rules: ["R-FLTX-2", "R-EXPR-3"],
    says: "on a tag the branch is nothing, and not unequal to anything",
    config: jobsAnd("a", "{a: {filters: 'pipeline.git.branch != \"x\"'}}"),
    pipeline: onTag("v1"),
    expect: { jobs: [] },
  },
];
