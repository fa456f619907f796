import { Type, type Static } from "typebox";

import { RangeShape } from "./pipeline.ts";
import { Count, Id, Nullable, StatusShape } from "./words.ts";

/** One thing that a job's state comes from. */
export const CauseShape = Type.Object({
  kind: Type.Enum(
    ["requires", "left-out", "hold", "approval", "wait", "cancel", "step", "cache", "platform"],
    { description: "cache: a cache that was missed; platform: neither the config nor a person." },
  ),
  message: Type.String({ description: "A sentence for people." }),
  rule: Type.Optional(Type.String({ description: "R-REQ-4" })),
  range: Type.Optional(RangeShape),
  job: Type.Optional(Type.String({ description: "The other job that it is about." })),
  status: Type.Optional(StatusShape),
  reason: Type.Optional(Type.String()),
  step: Type.Optional(
    Type.Object({ name: Type.String(), nodeIndex: Count, exitCode: Nullable(Type.Integer()) }),
  ),
  by: Type.Optional(Type.String({ description: "The name of a token." })),
});

/** Why a job waits, did not run, failed, or missed a cache. */
export const WhyShape = Type.Object({
  job: Type.Object({ id: Id, name: Type.String() }),
  status: StatusShape,
  causes: Type.Array(CauseShape, {
    description: "The weightiest first; empty: there is nothing to explain.",
  }),
});

export type Why = Static<typeof WhyShape>;
