import type { Diagnostic, PipelinePlan, PipelineValues } from "@fmg/core";
import { readYaml } from "./1-read/read-yaml.ts";
import type { ConfigShape } from "./2-shape/config-shape.ts";
import { readConfig } from "./2-shape/read-config.ts";
import { resolveOrbs, type OrbRef, type OrbSource } from "./3-resolve/orbs.ts";
import { bindPipelineParameters } from "./4-expand/pipeline-parameters.ts";
import type { Env, Session } from "./4-expand/env.ts";
import { checkSetup } from "./5-plan/check-setup.ts";
import { checkWhole } from "./5-plan/check-whole.ts";
import { withImplicitWorkflow } from "./5-plan/implicit-workflow.ts";
import { expandWorkflow, planWorkflow } from "./5-plan/plan-workflow.ts";
import { createDiagnostics, sortedDiagnostics, type Diagnostics } from "./diagnostic.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { rememberOrigins } from "./explain/origins.ts";
import { compiledConfig, headComments, orbComments, type CompiledConfig } from "./print/compiled-config.ts";

/** What a compile needs to know beside the text. */
export interface CompileInput {
  /** How diagnostics name the text: `.circleci/config.yml`. */
  readonly file: string;
  /** `pipeline.*` by full name. `pipeline.git.branch` and `pipeline.git.tag` decide filters; one of them is null. */
  readonly pipeline: PipelineValues;
  /** Pipeline parameters that the trigger gives, by name. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Sources of registry orbs by reference as it stands in the config: `circleci/node@7.2.1`. */
  readonly orbs?: ReadonlyMap<string, OrbSource | string>;
  /** References that could not be had, and why: each becomes a diagnostic at its place. */
  readonly unavailableOrbs?: ReadonlyMap<string, string>;
  /** Names of resource classes that this installation adds to CircleCI's. */
  readonly resourceClasses?: Iterable<string>;
  /** The workflow that a schedule starts; the others are left out. (R-SCH-6) */
  readonly scheduledWorkflow?: string;
  /** The config is the second of a dynamic pipeline: it may be without workflows. (R-VER-7) */
  readonly continuation?: boolean;
  /** The host that dynamic config continues on: the default of the continuation orb's `circleci_domain`. (R-DYN-13) */
  readonly continuationHost?: string;
  /** Makes an error of every warning. */
  readonly strict?: boolean;
  readonly limits?: Partial<Limits>;
}

/** What became of a config. */
export type Compilation =
  | {
      readonly kind: "compiled";
      readonly config: CompiledConfig;
      readonly plan: PipelinePlan;
      readonly warnings: readonly Diagnostic[];
    }
  /** Fetch these and compile again with them in `orbs`. */
  | { readonly kind: "needs-orbs"; readonly missing: readonly OrbRef[] }
  | { readonly kind: "rejected"; readonly diagnostics: readonly Diagnostic[] };

/**
 * Compiles a `.circleci/config.yml`: text → nodes → shape → orbs → workflows → plan. Pure and synchronous, without
 * any I/O; never throws for what stands in the text. Mistakes come back as located diagnostics, all at once.
 */
export function compile(text: string, input: CompileInput): Compilation {
  const limits = { ...defaultLimits, ...input.limits };
  const diagnostics = createDiagnostics({
    maximum: limits.diagnostics,
    strict: input.strict ?? false,
    mainFile: input.file,
  });
  const context = { diagnostics, frame: undefined };
  const rejected = (): Compilation => ({
    kind: "rejected",
    diagnostics: sortedDiagnostics(diagnostics),
  });

  const root = readYaml(context, input.file, text, limits);
  const config = root === undefined ? undefined : readConfig(context, root);
  if (config === undefined) return rejected();

  const session = openSession(config, input, limits, diagnostics);
  const orbs = resolveOrbs(session, config, input);
  if (orbs.missing.length > 0) return { kind: "needs-orbs", missing: orbs.missing };

  const env: Env = {
    session,
    diagnostics,
    frame: undefined,
    scope: orbs.scope,
    parameters: undefined,
    matrix: undefined,
    calls: undefined,
  };
  const workflows = withImplicitWorkflow(env, config, input.continuation ?? false).map((shape) =>
    expandWorkflow(env, config, shape, input.scheduledWorkflow),
  );
  const versions = orbs.resolved.size === 0 ? {} : { orbs: Object.fromEntries(orbs.resolved) };
  const operatorClasses = new Set(input.resourceClasses ?? []);
  const plan = {
    workflows: workflows.map((workflow) => ({
      ...planWorkflow(workflow, operatorClasses),
      ...versions,
      ...(config.setup ? { setup: true as const } : {}),
    })),
    setup: config.setup,
  };
  checkSetup(env, config, plan, input.continuation ?? false);
  checkWhole(env, config, workflows);
  if (diagnostics.errors > 0) return rejected();
  const warnings = sortedDiagnostics(diagnostics);
  const compiled = compiledConfig(
    workflows,
    config.version === "2" ? headComments(text) : orbComments(orbs.resolved),
  );
  const compilation = { kind: "compiled", config: compiled, plan, warnings } as const;
  rememberOrigins(compilation, { env, workflows });
  return compilation;
}

function openSession(
  config: ConfigShape,
  input: CompileInput,
  limits: Limits,
  diagnostics: Diagnostics,
): Session {
  return {
    diagnostics,
    limits,
    templating: config.version === "2.1",
    pipeline: input.pipeline,
    pipelineParameters: bindPipelineParameters(
      { diagnostics, frame: undefined },
      config,
      input.parameters ?? {},
    ),
    templates: new Map(),
    expressions: new Map(),
    patterns: new Map(),
    budget: { nodes: 0, characters: 0, exhausted: false },
    folded: [],
  };
}
