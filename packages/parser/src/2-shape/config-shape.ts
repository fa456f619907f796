import type { MapNode, Node, ScalarNode } from "../1-read/nodes.ts";
import type { Place } from "../1-read/source-file.ts";

export type ParameterType = "string" | "boolean" | "integer" | "enum" | "executor" | "steps" | "env_var_name";

/** One declared parameter. (Section 2.6) */
export interface ParameterShape {
  readonly name: string;
  readonly type: ParameterType;
  /** Undefined when the argument is required; null counts as none. (R-PARAM-2) */
  readonly default: Node | undefined;
  /** The default where it is written as nothing. */
  readonly nullDefault: Node | undefined;
  readonly values: readonly string[];
  readonly place: Place;
}

export type ElementKind = "command" | "job" | "executor";

/** A command, a job or an executor as written: templates unrendered. */
export interface ElementShape {
  readonly kind: ElementKind;
  readonly name: string;
  readonly parameters: ReadonlyMap<string, ParameterShape>;
  /** Undefined for an alias, or after a report. */
  readonly body: MapNode | undefined;
  /** `build: node/test`. (R-TOP-2) */
  readonly alias: ScalarNode | undefined;
  /** The name in the config. */
  readonly place: Place;
}

export interface Elements {
  readonly commands: ReadonlyMap<string, ElementShape>;
  readonly jobs: ReadonlyMap<string, ElementShape>;
  readonly executors: ReadonlyMap<string, ElementShape>;
  readonly orbs: ReadonlyMap<string, OrbShape>;
}

export interface OrbShape {
  readonly alias: string;
  /** The reference or the inline source. */
  readonly value: Node;
  readonly place: Place;
}

/** One entry of a workflow's or a job group's `jobs`. (R-WF-4) */
export interface InvocationShape {
  readonly job: string;
  readonly body: MapNode | undefined;
  readonly place: Place;
}

export interface WorkflowShape {
  readonly name: string;
  readonly invocations: readonly InvocationShape[];
  readonly when: Node | undefined;
  readonly unless: Node | undefined;
  readonly triggers: Node | undefined;
  readonly maxAutoReruns: number;
  readonly place: Place;
}

export interface JobGroupShape {
  readonly name: string;
  readonly invocations: readonly InvocationShape[];
  readonly place: Place;
}

/** A config as written, checked for its shape; names are not looked up, templates not rendered. */
export interface ConfigShape extends Elements {
  readonly version: "2" | "2.1";
  readonly setup: boolean;
  readonly parameters: ReadonlyMap<string, ParameterShape>;
  /** Names under `functions`, which this product does not have. (R-TOP-6) */
  readonly functions: ReadonlySet<string>;
  readonly jobGroups: ReadonlyMap<string, JobGroupShape>;
  readonly workflows: readonly WorkflowShape[];
  readonly root: MapNode;
}
