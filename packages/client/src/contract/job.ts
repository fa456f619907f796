import { Type, type Static } from "typebox";

import { Count, Id, Nullable, state, Time } from "./words.ts";

/** One execution of a job, or of one of its `parallelism` nodes. */
export const AttemptShape = Type.Object({
  id: Id,
  jobId: Id,
  pipelineId: Id,
  nodeIndex: Count,
  nodeTotal: Type.Integer({ minimum: 1 }),
  number: Type.Integer({
    minimum: 1,
    description: "1 for the first execution of this node, 2 for the next.",
  }),
  ...state,
  queuedAt: Time,
  /** Its place in the line while it waits for room, and when it will start, by how long jobs took before. */
  queue: Nullable(
    Type.Object({
      place: Type.Integer({ minimum: 1, description: "1 is the next one." }),
      startsAt: Nullable(Time),
    }),
  ),
  imageDigest: Nullable(Type.String()),
  serviceImages: Type.Array(Type.Object({ image: Type.String(), digest: Type.String() }), {
    description: "What its service containers ran on, in the order of the config.",
  }),
  /** Until when the container of a failed attempt stays, for a person to look at. */
  keptUntil: Nullable(Time),
});

export const JobShape = Type.Object({
  id: Id,
  uuid: Type.String(),
  number: Nullable(Type.Integer({ description: "Counts per repository; null for a job that is left out." })),
  name: Type.String(),
  kind: Type.String({ description: "build, approval, no-op, …" }),
  pipelineId: Id,
  workflow: Type.Object({ id: Id, name: Type.String() }),
  ...state,
  createdAt: Time,
  heldAt: Nullable(Time),
  approval: Nullable(
    Type.Object({
      at: Time,
      by: Type.String({ description: "The name of the token." }),
      sha: Type.String({ description: "The commit that was approved." }),
      note: Nullable(Type.String()),
    }),
  ),
  carriedFrom: Nullable(
    Type.Integer({
      description: "In a rerun, the job of an earlier workflow whose result and attempts it shows.",
    }),
  ),
  attempts: Type.Array(AttemptShape, { description: "The newest attempt of each node, by node." }),
});

export const StepShape = Type.Object({
  index: Count,
  name: Type.String(),
  kind: Type.String(),
  background: Type.Boolean(),
  ...state,
  exitCode: Nullable(Type.Integer()),
  durationMs: Nullable(Type.Number()),
  logBytes: Type.Integer({ description: "The length of the step's log so far." }),
});

/** What somebody approves: with `sha`, only if that is the pipeline's commit. */
export const ApprovalShape = Type.Object(
  {
    sha: Type.Optional(
      Type.String({ pattern: "^[0-9a-f]{7,40}$", description: "The commit that was looked at." }),
    ),
    note: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
  },
  { additionalProperties: false },
);

/** How long the container of an attempt is kept if it fails. */
export const KeepShape = Type.Object(
  { minutes: Type.Integer({ minimum: 1, maximum: 1440 }) },
  { additionalProperties: false },
);

/** What an attempt's containers used at one moment. */
export const SampleShape = Type.Object({
  at: Time,
  step: Type.Integer({ minimum: 0, description: "The step that ran then." }),
  cpuMs: Type.Integer({ minimum: 0, description: "Processor time since the attempt's container started." }),
  memoryBytes: Count,
});

export const SamplesShape = Type.Object({
  items: Type.Array(SampleShape, { description: "Oldest first." }),
  next: Type.Null(),
  steps: Type.Array(Type.Object({ step: Count, cpuMs: Count, peakMemoryBytes: Count }), {
    description: "Summed up by step, as far as samples tell: a step of less than a second may have none.",
  }),
});

export type Attempt = Static<typeof AttemptShape>;
export type Job = Static<typeof JobShape>;
export type Step = Static<typeof StepShape>;
