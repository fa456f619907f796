import type { BuildJobPlan, JobPlan, Requirement } from "@fmg/core";
import { isNull, isUnknown, valueAt, type MapEntry, type Node } from "../1-read/nodes.ts";
import { asMap } from "../1-read/nodes.ts";
import { rangeOf } from "../1-read/source-file.ts";
import { misspellingOf } from "../2-shape/check-shape.ts";
import { job as jobShape } from "../2-shape/language/jobs.ts";
import { report } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Env } from "../4-expand/env.ts";
import type { ExpandedJob } from "../4-expand/job.ts";
import { environmentPlan, textField, textOf, wordsOf } from "./fields.ts";
import type { JobNode } from "./job-node.ts";
import { planExecutor } from "./plan-executor.ts";
import { planStep } from "./plan-step.ts";
import { isResourceClass, resourceClasses } from "./resource-classes.ts";
import { optional } from "./step-fields.ts";

/** A job as it is stored and run; undefined after a report. */
export function planJob(job: JobNode, operatorClasses: ReadonlySet<string>): JobPlan | undefined {
  const base = {
    name: job.name,
    definition: job.key,
    requires: job.requires.flatMap(requirementOf),
    contexts: job.contexts,
    ...optional("serialGroup", job.serialGroup),
    range: rangeOf(job.place),
    ...optional("leftOut", job.leftOut),
  };
  if (job.kind === "group") return undefined;
  if (job.kind !== "build") return { kind: job.kind, ...base, ...optional("lockKey", job.lockKey) };
  const body = job.job === undefined ? undefined : planBody(job.job, operatorClasses);
  return body === undefined ? undefined : { kind: "build", ...base, ...body };
}

function requirementOf(edge: JobNode["requires"][number]): Requirement[] {
  if (edge.target === undefined || edge.target.leftOut !== undefined) return [];
  return [{ job: edge.target.name, statuses: edge.statuses, range: rangeOf(edge.place) }];
}

type Body = Omit<
  BuildJobPlan,
  "kind" | "name" | "definition" | "requires" | "contexts" | "range" | "leftOut" | "serialGroup"
>;

function planBody(job: ExpandedJob, operatorClasses: ReadonlySet<string>): Body | undefined {
  const { env, keys } = job;
  checkTypes(job);
  const executor = planExecutor(env, keys);
  if (executor === undefined) return undefined;
  const machine = asMap(keys.get("machine")?.value);
  const resourceClass = textOf(keys.get("resource_class")?.value) ?? textField(machine, "resource_class");
  checkResourceClass(
    env,
    keys.get("resource_class")?.value ?? valueAt(machine, "resource_class"),
    operatorClasses,
  );
  checkSteps(job);
  return {
    executor,
    ...optional("resourceClass", resourceClass),
    workingDirectory: textOf(keys.get("working_directory")?.value) ?? "~/project",
    ...optional("shell", wordsOf(keys.get("shell")?.value) ?? wordsOf(valueAt(machine, "shell"))),
    environment: environmentPlan(env, keys.get("environment")?.value),
    parallelism: parallelismOf(env, keys),
    steps: job.steps.flatMap((step) => planStep(env, step) ?? []),
    ...optional("cacheRetentionDays", retentionOf(keys)),
  };
}

function checkTypes(job: ExpandedJob): void {
  const { env, keys, body, place } = job;
  const given = ["docker", "machine", "macos"].filter((type) => keys.has(type));
  if (given.length > 1) {
    const key = keys.get(given[1]!)!.key;
    report(
      env,
      "several-executors",
      key,
      `a job has one of docker, machine and macos, not ${given.join(" and ")}`,
    );
  }
  if (given.length === 0 && valueAt(body, "executor") === undefined) {
    report(
      env,
      "no-executor",
      place,
      "the job has no executor: it needs `docker`, `machine`, `macos` or `executor`",
      {
        hint: 'For example `docker: [{image: "cimg/base:stable"}]`.',
      },
    );
  }
}

function checkResourceClass(env: Env, node: Node | undefined, operators: ReadonlySet<string>): void {
  const name = textOf(node);
  if (node === undefined || name === undefined || isResourceClass(name, operators)) return;
  report(env, "unknown-resource-class", node, `there is no resource class \`${name}\``, {
    hint: didYouMean(name, [...resourceClasses, ...operators]),
  });
}

function checkSteps(job: ExpandedJob): void {
  const { env, steps, body, place } = job;
  const written = valueAt(body, "steps");
  if (written === undefined && misspellingOf("steps", body, jobShape) === undefined) {
    report(env, "missing-key", place, "the job needs the key `steps`", { rule: "R-JOBK-2" });
  } else if (written?.kind === "list" && written.items.length === 0) {
    report(env, "no-steps", written, "the job has no steps");
  }
  const deploy = steps.find((step) => step.type === "deploy");
  if (deploy !== undefined && parallelismOf(env, job.keys) > 1) {
    report(env, "deploy-in-parallel", deploy.place, "`deploy` does not go with `parallelism`", {
      hint: "Use `run`, in a job of its own that requires this one.",
    });
  }
  const dockers = steps.filter((step) => step.type === "setup_remote_docker");
  if (dockers.length > 1) {
    report(
      env,
      "remote-docker-twice",
      dockers[1]!.place,
      "More than one setup_remote_docker is not valid in a job",
    );
  }
  if (dockers.length > 0 && job.keys.has("machine")) {
    report(
      env,
      "remote-docker-on-machine",
      dockers[0]!.place,
      "a machine has Docker already: this step does nothing",
    );
  }
}

function parallelismOf(env: Env, keys: ReadonlyMap<string, MapEntry>): number {
  const node = keys.get("parallelism")?.value;
  if (node === undefined || isNull(node) || isUnknown(node)) return 1;
  const value = node.kind === "scalar" && node.type === "integer" ? Number(node.value) : 1;
  const { parallelism } = env.session.limits;
  if (value > parallelism) {
    report(
      env,
      "parallelism-too-large",
      node,
      `\`parallelism\` is ${value}, at most ${parallelism} is allowed`,
    );
  }
  return value;
}

function retentionOf(keys: ReadonlyMap<string, MapEntry>): number | undefined {
  const caches = textField(asMap(keys.get("retention")?.value), "caches");
  const days = caches === undefined ? undefined : Number.parseInt(caches, 10);
  return Number.isNaN(days) ? undefined : days;
}
