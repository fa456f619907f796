import { Type, type Static } from "typebox";

import { Count, Nullable, Time } from "./words.ts";

/** A repository that FMG runs pipelines of. */
export const ProjectShape = Type.Object({
  owner: Type.String(),
  name: Type.String(),
  cloneUrl: Type.String(),
  defaultBranch: Type.String(),
  pipelines: Count,
  lastPipelineAt: Nullable(Time),
  createdAt: Time,
});

export type Project = Static<typeof ProjectShape>;
