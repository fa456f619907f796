import type { LeftOut, RequiredStatus } from "@fmg/core";
import type { MapNode, Node } from "../1-read/nodes.ts";
import type { Place } from "../1-read/source-file.ts";
import type { Env } from "../4-expand/env.ts";
import type { ExpandedJob } from "../4-expand/job.ts";

export type JobKind = "build" | "approval" | "no-op" | "release" | "lock" | "unlock" | "group";

/** A job of a workflow while its graph is being made. Names and edges settle step by step, so some fields change. */
export interface JobNode {
  readonly kind: JobKind;
  /** The invocation's key. */
  readonly key: string;
  name: string;
  /** The name before suffixes: equal ones are told apart by `-1`, `-2`. (R-NAME-2) */
  readonly baseName: string;
  /** Names that `requires` may use for all jobs of this invocation. (R-MTX-11) */
  readonly alias: string | undefined;
  readonly place: Place;
  readonly env: Env;
  /** The invocation with everything but steps and filters' expressions rendered. */
  readonly invocation: MapNode | undefined;
  readonly job: ExpandedJob | undefined;
  readonly contexts: readonly string[];
  readonly serialGroup: string | undefined;
  readonly lockKey: string | undefined;
  readonly filters: Node | undefined;
  /** As written, still by name. */
  readonly wanted: readonly WantedJob[];
  requires: Edge[];
  leftOut: LeftOut | undefined;
  /** For a job group: its members. */
  readonly members: readonly JobNode[];
}

/** An entry of `requires`. */
export interface WantedJob {
  readonly name: string;
  readonly statuses: readonly RequiredStatus[];
  readonly place: Place;
}

export interface Edge {
  readonly target: JobNode | undefined;
  readonly statuses: readonly RequiredStatus[];
  readonly place: Place;
}
