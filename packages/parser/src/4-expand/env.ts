import type { RE2JS } from "re2js";
import type { ListNode, MapNode, Node, ScalarNode } from "../1-read/nodes.ts";
import type { Place } from "../1-read/source-file.ts";
import type { ElementShape } from "../2-shape/config-shape.ts";
import type { Scope } from "../3-resolve/scope.ts";
import type { Callee, Diagnostics, Frame, ReportContext } from "../diagnostic.ts";
import { report } from "../diagnostic.ts";
import type { Limits } from "../limits.ts";
import type { Expression } from "./expression/parse.ts";
import type { ExpressionError } from "./expression/errors.ts";
import type { Template } from "./template.ts";

/** What a parameter is bound to. */
export type Value =
  | { readonly is: "scalar"; readonly node: ScalarNode }
  /** Steps keep the surroundings that they were written in. (R-STEP-8) */
  | { readonly is: "steps"; readonly list: ListNode; readonly env: Env }
  | ExecutorValue;

export interface ExecutorValue {
  readonly is: "executor";
  readonly name: string;
  readonly args: MapNode | undefined;
  /** Where the name is looked up and the arguments are read. (R-EXEC-4) */
  readonly env: Env;
  readonly place: Node;
}

export type PipelineScalar = string | number | boolean | null;

/** What one compile shares: inputs, caches and what is left of the bounds. */
export interface Session {
  readonly diagnostics: Diagnostics;
  readonly limits: Limits;
  /** False for version 2, where `<<` is plain text. (R-VER-3) */
  readonly templating: boolean;
  readonly pipeline: ReadonlyMap<string, PipelineScalar>;
  readonly pipelineParameters: ReadonlyMap<string, Value>;
  readonly templates: Map<string, Template>;
  readonly expressions: Map<string, Expression | ExpressionError>;
  /** Compiled regular expressions; a text is why there is none. */
  readonly patterns: Map<string, RE2JS | string>;
  readonly budget: Budget;
  /** The `when` and `unless` steps whose steps do not run; for `explain`. */
  readonly folded: FoldedSteps[];
}

/** Steps that a condition leaves out. */
export interface FoldedSteps {
  readonly key: "when" | "unless";
  readonly condition: Node;
  readonly env: Env;
}

export interface Budget {
  nodes: number;
  characters: number;
  exhausted: boolean;
}

/** The surroundings that a template is read in. (Section 2.2) */
export interface Env extends ReportContext {
  readonly session: Session;
  readonly scope: Scope;
  /** `parameters.*`; undefined where there are none to read. */
  readonly parameters: ReadonlyMap<string, Value> | undefined;
  /** `matrix.*`; undefined outside of a matrix. */
  readonly matrix: ReadonlyMap<string, Value> | undefined;
  readonly calls: Call | undefined;
}

/** The commands that are being inlined, innermost first. (R-STEP-7) */
export interface Call {
  readonly element: ElementShape;
  readonly parent: Call | undefined;
  readonly depth: number;
}

/** The same surroundings, one call deeper. (R-PHASE-3) */
export function withFrame(env: Env, message: string, place: Place): Env {
  const frame: Frame = { message, place, parent: env.frame };
  return { ...env, frame };
}

/** The same surroundings, with what is called noted on the way here. */
export function withCallee(env: Env, callee: Callee): Env {
  return env.frame === undefined ? env : { ...env, frame: { ...env.frame, callee } };
}

/** Takes from the bounds on the output; false once they are used up, which is reported once. */
export function spend(env: Env, place: Place, cost: { nodes: number; characters?: number }): boolean {
  const { budget, limits } = env.session;
  if (budget.exhausted) return false;
  budget.nodes += cost.nodes;
  budget.characters += cost.characters ?? 0;
  if (budget.nodes <= limits.outputNodes && budget.characters <= limits.outputCharacters) return true;
  budget.exhausted = true;
  report(env, "expansion-too-large", place, "Your compiled config is too large to be processed.", {
    hint: `At most ${limits.outputCharacters} characters and ${limits.outputNodes} values come out of one config.`,
  });
  return false;
}
