import { randomUUID } from "node:crypto";
import { join, relative, resolve } from "node:path";
import type { BuildJobPlan, Diagnostic, JobPlan, PipelinePlan } from "@fmg/core";
import { continuationHost, unsupportedFeatures } from "@fmg/runner";
import { continuationArguments, declaredParameters, overridingArguments } from "@fmg/parser";
import { openWorkingCopy, type WorkingCopy } from "@fmg/git";
import { readCheckout } from "../config/checkout.ts";
import { compileSource, type KnownPipeline } from "../config/compile-source.ts";
import { parseParameters } from "../config/parameters.ts";
import type { ConfigFlagValues } from "../config/config-flags.ts";
import { readSource, type ConfigSource } from "../config/read-source.ts";
import { CliError } from "../errors.ts";
import type { SetupPlan } from "./continuation.ts";
import type { LocalSettings } from "./local-settings.ts";
import { localPipelineValues, localTrigger, type LocalTrigger, type TriggerWish } from "./local-trigger.ts";
import { withOnlyStep } from "./only-step.ts";
import { nextRunNumber, type Project } from "./project.ts";
import {
  onlyTouched,
  selectJobs,
  type FindEarlier,
  type Selection,
  type SelectedWorkflow,
  type Touches,
} from "./select-jobs.ts";
import { readEarlierResults, resultKey, type EarlierResult } from "./stores/earlier-results.ts";
import { resultFolder } from "./stores/run-stores.ts";

/** A pipeline's id and number, as its values tell them. */
export interface PipelineName {
  readonly uuid: string;
  readonly number: number;
}

/** What a person asked for. */
export interface RunWish extends ConfigFlagValues, TriggerWish {
  readonly config: string | undefined;
  readonly selection: Selection;
  /** A step of the selected job, alone. */
  readonly onlyStep: string | undefined;
  /** Undefined: a pipeline of this run's own. */
  readonly name?: PipelineName;
  /** Which of the selected jobs run again; the others stand as an earlier run left them. Undefined: all. */
  readonly touches?: Touches;
}

/** A config that is compiled, and what of it is to run. */
export interface PreparedRun {
  readonly kind: "prepared";
  readonly source: ConfigSource;
  readonly trigger: LocalTrigger;
  readonly uuid: string;
  readonly number: number;
  /** Of this machine's runs of the project. */
  readonly logNumber: number;
  readonly copy: WorkingCopy;
  readonly plan: PipelinePlan;
  readonly selected: readonly SelectedWorkflow[];
  readonly warnings: readonly Diagnostic[];
  readonly earlier: ReadonlyMap<string, EarlierResult>;
  /** Undefined: its jobs do not continue it. */
  readonly setup: SetupPlan | undefined;
  /** Later runs may begin after what succeeds in it. */
  readonly isWhole: boolean;
}

export type Prepared =
  | PreparedRun
  | { readonly kind: "rejected"; readonly source: ConfigSource; readonly diagnostics: readonly Diagnostic[] };

/** Takes the state of the folder, compiles its config as for a push of it, and chooses what runs. */
export async function prepareRun(
  project: Project,
  settings: LocalSettings,
  wish: RunWish,
  { scratch, signal }: { readonly scratch: string; readonly signal: AbortSignal },
): Promise<Prepared> {
  const source = await readSource(
    wish.config ?? relative(process.cwd(), join(project.root, ".circleci/config.yml")),
  );
  const copy = await openWorkingCopy({ root: project.root, scratch, signal });
  const trigger = localTrigger(project, await readCheckout(project.root), wish, copy);
  const logNumber = await nextRunNumber(project);
  const run = wish.name ?? { uuid: randomUUID(), number: logNumber };
  const configPath = relative(project.root, resolve(source.file));
  const pipeline = localPipelineValues(trigger, { ...run, at: Date.now(), configPath });
  const { operatorNames: resourceClasses } = settings.resourceClasses;
  const known: KnownPipeline = { pipeline, resourceClasses, orbs: settings.orbs, continuationHost };
  const compilation = await compileSource(source, wish, known);
  if (compilation.kind === "rejected") return { ...compilation, source };
  const earlier = await readEarlierResults(resultFolder(project));
  const plan = withWishedStep(compilation.plan, wish);
  const findEarlier: FindEarlier = (workflow, job) => earlier.get(resultKey(workflow, job));
  const all = selectJobs(plan, wish.selection, findEarlier);
  const selected = wish.touches === undefined ? all : onlyTouched(all, wish.touches, findEarlier);
  const unsupported = unsupportedFeatures(partOf(plan, selected), settings.hostOffers);
  if (unsupported.length > 0) return { kind: "rejected", source, diagnostics: unsupported };
  const { warnings } = compilation;
  const setup = plan.setup ? setupPlan(source, wish, known, settings) : undefined;
  const isWhole = wish.onlyStep === undefined;
  return {
    kind: "prepared",
    source,
    trigger,
    ...run,
    logNumber,
    copy,
    plan,
    selected,
    warnings,
    earlier,
    setup,
    isWhole,
  };
}

/** How diagnostics name a text that a job made. */
const continuedFile = "the continuation's config";

/** All that a setup job gives runs, whatever of the setup config was selected. */
function setupPlan(
  source: ConfigSource,
  wish: RunWish,
  known: KnownPipeline,
  settings: LocalSettings,
): SetupPlan {
  const given = parseParameters(wish.param ?? [], declaredParameters(source.text));
  return {
    overriding: overridingArguments(source.text, given),
    async compile(text, call) {
      const continued = { parameters: continuationArguments(text, given, call) };
      const compilation = await compileSource({ file: continuedFile, text }, wish, { ...known, continued });
      if (compilation.kind === "rejected") return compilation;
      const unsupported = unsupportedFeatures(compilation.plan, settings.hostOffers);
      if (unsupported.length > 0) return { kind: "rejected", diagnostics: unsupported };
      const workflows = compilation.plan.workflows.map((plan) => ({ plan, earlier: new Map() }));
      return { kind: "compiled", workflows };
    },
  };
}

function withWishedStep(plan: PipelinePlan, { selection, onlyStep }: RunWish): PipelinePlan {
  if (onlyStep === undefined) return plan;
  if (selection.kind === "alone") return withOnlyStep(plan, selection.job, onlyStep);
  throw new CliError("usage", "one step is of one job", ["Name it:  --job <name> --only-step <name>"]);
}

/** What runs is what must be possible here. */
function partOf(plan: PipelinePlan, selected: readonly SelectedWorkflow[]): PipelinePlan {
  const workflows = selected.map(({ plan: workflow, earlier }) => {
    return { ...workflow, jobs: workflow.jobs.filter(({ name }) => !earlier.has(name)) };
  });
  return { ...plan, workflows };
}

/** The jobs that are to run: neither left out by the config, nor standing as they are. */
export function jobsToRun(selected: readonly SelectedWorkflow[]): JobPlan[] {
  return selected.flatMap(({ plan, earlier }) =>
    plan.jobs.filter(({ name, leftOut }) => leftOut === undefined && !earlier.has(name)),
  );
}

export function isBuild(job: JobPlan): job is BuildJobPlan {
  return job.kind === "build";
}
