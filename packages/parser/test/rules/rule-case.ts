import type { BuildJobPlan, JobPlan } from "@fmg/core";
import { compile, type Compilation, type CompiledValue, type CompileInput } from "../../src/index.ts";

/** One row of the tables: a config, and what comes of it. The rules that it cites stand in `docs/compatibility.md`. */
export interface RuleCase {
  readonly rules: readonly string[];
  /** A sentence about behaviour. */
  readonly says: string;
  readonly config: string;
  readonly input?: Partial<CompileInput> | undefined;
  /** Values of `pipeline.*` over those of a push to `main`. */
  readonly pipeline?: Readonly<Record<string, string | number | boolean | null>>;
  readonly expect: Expectation;
}

/** Everything that is set must hold. */
export interface Expectation {
  /** A part of an error's text; the config is rejected. */
  readonly error?: string;
  /** A part of a warning's text; the config compiles. */
  readonly warning?: string;
  /** The names of all jobs that run, in order. */
  readonly jobs?: readonly string[];
  /** Commands of the first job's run steps. */
  readonly commands?: readonly string[];
  /** Kinds of the first job's steps. */
  readonly steps?: readonly string[];
  /** Parts of the first job's plan. */
  readonly job?: object;
  /** What a job requires, by name. */
  readonly requires?: Readonly<Record<string, readonly string[]>>;
  /** Parts of the compiled form, as plain data. */
  readonly compiled?: object;
  /** Names of workflows in the plan that are left out by their condition. */
  readonly leftOut?: readonly string[];
}

const push = {
  "pipeline.id": "2f3c0a4e-0f3e-4a5c-9a58-0d7b6c1f7f10",
  "pipeline.number": 7,
  "pipeline.git.branch": "main",
  "pipeline.git.tag": null,
  "pipeline.project.slug": "gh/octo/repo",
  "pipeline.project.type": "github",
};

/** Compiles a case as a push to `main`, pipeline number 7, unless it says otherwise. */
export function compileCase(rule: Pick<RuleCase, "config" | "input" | "pipeline">): Compilation {
  const pipeline = new Map(Object.entries({ ...push, ...rule.pipeline }));
  return compile(rule.config, { file: "config.yml", pipeline, ...rule.input });
}

/** A pipeline of a tag. */
export function onTag(tag: string): Record<string, string | null> {
  return { "pipeline.git.branch": null, "pipeline.git.tag": tag };
}

/** A pipeline of a branch. */
export function onBranch(branch: string): Record<string, string | null> {
  return { "pipeline.git.branch": branch, "pipeline.git.tag": null };
}

/** The compiled form as plain data, for comparisons. */
export function plainData(value: CompiledValue): unknown {
  if (Array.isArray(value)) return value.map((item: CompiledValue) => plainData(item));
  if (value instanceof Map) {
    return Object.fromEntries(
      Array.from(value, ([key, item]) => [String(key), plainData(item as CompiledValue)]),
    );
  }
  const scalar = value as { type: string; text: string };
  if (scalar.type === "string") return scalar.text;
  if (scalar.type === "null") return null;
  return scalar.type === "boolean" ? scalar.text === "true" : Number(scalar.text);
}

/** The jobs that run, of all workflows. */
export function runningJobs(result: Compilation): JobPlan[] {
  if (result.kind !== "compiled") return [];
  return result.plan.workflows.flatMap((workflow) =>
    workflow.jobs.filter((job) => job.leftOut === undefined),
  );
}

/** The first build job that runs. */
export function firstBuildJob(result: Compilation): BuildJobPlan | undefined {
  return runningJobs(result).find((job): job is BuildJobPlan => job.kind === "build");
}

/** A job on a small image: `J` in the tables. */
export const J = "{docker: [{image: a}], steps: [checkout]}";

/** A job with one command; JSON texts are YAML texts. */
export function runs(command: string): string {
  return `{docker: [{image: a}], steps: [{run: ${JSON.stringify(command)}}]}`;
}

/** A 2.1 config of the given sections. */
export function config(...sections: string[]): string {
  return ["version: 2.1", ...sections, ""].join("\n");
}

/** A 2.1 config of one job `j` in a workflow `w`. */
export function oneJob(job: string, ...sections: string[]): string {
  return config(...sections, `jobs: {j: ${job}}`, "workflows: {w: {jobs: [j]}}");
}

/** `workflows: {w: {jobs: [...]}}`. */
export function workflow(jobs: string): string {
  return `workflows: {w: {jobs: [${jobs}]}}`;
}

/** A 2.1 config of jobs `a`, `b`, `c` … (all `J`) and one workflow. */
export function jobsAnd(names: string, jobs: string, ...sections: string[]): string {
  const definitions = Array.from(names, (name) => `${name}: ${J}`).join(", ");
  return config(...sections, `jobs: {${definitions}}`, workflow(jobs));
}
