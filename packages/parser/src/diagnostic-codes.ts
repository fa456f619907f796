interface CodeEntry {
  /** The rule of the language reference that stands behind it; a report may name a closer one. */
  readonly rule: string;
  readonly severity: "error" | "warning";
  /** One sentence for the documentation. */
  readonly summary: string;
}

/** Every diagnostic code: stable, documented, never reused. */
export const diagnosticCodes = {
  // Reading
  "source-too-large": error("R-LIMIT", "The config is larger than the configured bound."),
  "yaml-syntax": error("R-YAML-10", "The text is not YAML."),
  "yaml-not-a-map": error("R-YAML-10", "The top level is empty or no map."),
  "yaml-second-document": error("R-YAML-8", "A second document follows `---`."),
  "yaml-unknown-tag": error("R-YAML-9", "A tag that the language does not know."),
  "yaml-unknown-anchor": error("R-YAML-5", "An alias names an anchor that does not stand before it."),
  "yaml-recursive-alias": error("R-YAML-5", "An alias stands inside its own anchor."),
  "yaml-bad-merge": error("R-YAML-6", "`<<` merges something that is no map."),
  "yaml-bad-key": error("R-YAML-5", "A key is a list or a map."),
  "duplicate-key": error("R-YAML-7", "A key stands twice in one map."),
  "too-deep": error("R-LIMIT", "Lists and maps are nested too deeply."),
  "too-many-nodes": error("R-YAML-5", "Aliases expand to more nodes than the bound allows."),
  "sexagesimal-number": warning("R-YAML-3", "A value such as `12:30` is read as a base 60 number."),
  // Shape
  "version-missing": error("R-VER-1", "`version` is missing."),
  "version-unknown": error("R-VER-1", "`version` is none of 2, 2.0 and 2.1."),
  "needs-version-2.1": warning("R-VER-3", "A key of version 2.1 stands in an older config and is ignored."),
  "workflows-version-missing": warning("R-VER-5", "`workflows.version` is missing in a version 2 config."),
  "unknown-key": error("R-TOP-3", "A key is not part of the language here."),
  "stray-key": warning("R-TOP-3", "A key that nothing reads is ignored."),
  "missing-key": error("R-TOP-3", "A required key is missing."),
  "wrong-type": error("R-TOP-3", "A value has the wrong type."),
  "wrong-value": error("R-TOP-3", "A value is none of those allowed."),
  "bad-name": error("R-TOP-5", "A name does not follow the pattern for its kind."),
  "empty-section": warning("R-TOP-1", "A section is empty."),
  "reserved-name": error("R-PARAM-12", "A parameter bears a name that has a meaning of its own."),
  "step-keys": error("R-STEP-1", "A step has no key or several."),
  "invocation-keys": error("R-WF-4", "An entry of a workflow's `jobs` has no key or several."),
  "when-and-unless": error("R-WHEN-4", "A workflow has both `when` and `unless`."),
  "name-clash": warning("R-TOP-7", "Two things bear one name."),
  "nothing-to-run": error("R-VER-6", "There are neither workflows nor a job named `build`."),
  // Orbs
  "bad-orb-reference": error("R-ORB-2", "An orb's reference is malformed."),
  "orb-unavailable": error("R-ORB-9", "An orb's source cannot be had."),
  "bad-orb": error("R-ORB-4", "An orb's source has mistakes."),
  "unused-orb": warning("R-ORB-9", "An orb is declared and not used."),
  "recursive-orb": error("R-ORB-3", "An orb uses itself."),
  "orb-too-deep": error("R-ORB-3", "Orbs use one another too deeply."),
  // Names
  "unknown-element": error("R-STEP-4", "There is no command, job or executor of a name."),
  "unknown-orb": error("R-STEP-4", "A name begins with an orb that is not declared."),
  "bad-alias": error("R-TOP-2", "An alias names no orb's element."),
  "function-unsupported": error("R-TOP-6", "A step uses a function, which this product does not have."),
  // Templates and expressions
  "template-unclosed": error("R-TPL-5", "A `<<` has no `>>`."),
  "template-too-long": error("R-TPL-4", "A tag is longer than 2048 characters."),
  "template-include": error("R-TPL-14", "`<<include(file)>>` stands in a config."),
  "template-section": error("R-TPL-7", "A section is not closed, or closed wrongly."),
  "template-value": error("R-TPL-9", "A value stands where it has no text."),
  "expression-syntax": error("R-EXPR-10", "An expression is malformed."),
  "expression-type": error("R-EXPR-6", "An operator got values of the wrong type."),
  "unknown-name": error("R-SCOPE-1", "An expression names a variable that does not exist."),
  "unknown-pipeline-value": warning("R-SCOPE-3", "There is no such pipeline value; it is empty."),
  "logic-shape": error("R-LOGIC-1", "A logic statement is malformed."),
  "logic-too-deep": error("R-LOGIC-6", "Logic statements are nested too deeply."),
  "always-true": warning("R-WHEN-2", "A condition is a text and always holds."),
  "bad-pattern": error("R-LOGIC-5", "A regular expression is not RE2."),
  // Parameters
  "unexpected-argument": error("R-PARAM-3", "An argument is not declared."),
  "missing-argument": error("R-PARAM-2", "A required argument is missing."),
  "argument-type": error("R-PARAM-5", "An argument has the wrong type."),
  "argument-twice": error("R-MTX-3", "An argument is given twice."),
  "arguments-too-large": error("R-PARAM-13", "The trigger's arguments are too many or too long."),
  "no-arguments": warning("R-PARAM-15", "A command is called with an empty map of arguments."),
  "recursive-command": error("R-STEP-7", "Commands call one another in a circle or too deeply."),
  "expansion-too-large": error("R-LIMIT", "More comes out of the config than the bound allows."),
  // Jobs and steps
  "no-executor": error("R-EXEC-1", "A job has nothing to run on."),
  "several-executors": error("R-JOBK-1", "A job has several of docker, machine and macos."),
  "machine-clash": error("R-EXEC-6", "A key stands in `machine` and beside it, with different values."),
  "unknown-resource-class": error("R-RC-2", "There is no such resource class."),
  "parallelism-too-large": error("R-PAR-5", "A job has more parallel tasks than the bound allows."),
  "steps-not-a-list": warning("R-STEP-1", "Steps are a map instead of a list."),
  "no-steps": warning("R-JOBK-1", "A job has no steps."),
  "remote-docker-twice": error("R-SRD-1", "A job sets up a remote Docker twice."),
  "remote-docker-on-machine": warning("R-SRD-1", "A machine has Docker already."),
  "checkout-depth": error("R-CO-3", "`depth` and `method: shallow` belong together."),
  "auto-reruns": error("R-RUN-7", "The keys for automatic reruns do not fit together."),
  "duration-without-unit": warning("R-RUN-2", "A duration has no unit and is taken as seconds."),
  "cache-key-template": warning("R-CACHE-12", "A cache key has a template that does not exist."),
  "deploy-in-parallel": error("R-PAR-6", "`deploy` stands in a job with several tasks."),
  "runner-image": error("R-MCH-1", "A job for a pool of runners names an image."),
  "null-variable": warning("R-ENV-7", "A variable's value is null; it becomes the empty text."),
  "unsupported-host": warning("R-MAC-1", "What needs another host than Docker hosts cannot run."),
  // Workflows
  "empty-matrix": warning("R-MTX-6", "No job comes out of a matrix."),
  "matrix-too-large": error("R-MTX-7", "A matrix has more combinations than the bound allows."),
  "too-many-jobs": error("R-LIMIT", "A workflow has more jobs than the bound allows."),
  "group-name-twice": error("R-NAME-5", "Two job groups bear one name."),
  "group-shape": error("R-JG-1", "A job group is used in a way that is not possible."),
  "unknown-requirement": error("R-REQ-3", "`requires` names no job of the workflow."),
  "ambiguous-requirement": error("R-NAME-4", "`requires` names several jobs."),
  "requires-not-a-list": warning("R-REQ-1", "`requires` is a text instead of a list."),
  "requirement-cycle": error("R-REQ-8", "Jobs require one another in a circle."),
  "approval-shadows-job": warning("R-APR-1", "An approval bears the name of a job."),
  "context-twice": warning("R-CTX-1", "A context stands twice."),
  "bad-serial-group": error("R-SER-1", "A serial group's key is malformed."),
  "bad-override": error("R-OVR-1", "`override-with` names no orb's job."),
  "override-missing": warning("R-OVR-1", "The job to override with does not exist."),
  "setup-workflows": error("R-DYN-1", "A setup config comes to several workflows."),
  "setup-continuation": error("R-DYN-4", "A continuation is a setup config."),
  "bad-cron": error("R-SCH-2", "A cron line is malformed."),
  "cron-superset": warning("R-SCH-2", "A cron line says what CircleCI refuses."),
  "serial-group-twice": warning("R-SER-6", "A workflow has two jobs of one serial group."),
  "too-many-contexts": error("R-LIMIT", "A config uses more than 100 contexts."),
  "control-job": warning("R-JOB-4", "A job that runs no steps has keys for running them."),
  "release-tracking": warning("R-REL-1", "A release job runs as a no-op."),
  "setup-schedule": warning("R-DYN-10", "A scheduled workflow stands in a setup config."),
} as const satisfies Record<string, CodeEntry>;

export type DiagnosticCode = keyof typeof diagnosticCodes;

function error(rule: string, summary: string): CodeEntry {
  return { rule, severity: "error", summary };
}

function warning(rule: string, summary: string): CodeEntry {
  return { rule, severity: "warning", summary };
}
