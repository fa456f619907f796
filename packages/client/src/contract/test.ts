import { Type, type Static } from "typebox";

import { Count, Id, Nullable, Time } from "./words.ts";

const ResultShape = Type.Enum(["success", "failure", "skipped"]);

/** How one test of a job went. */
export const TestShape = Type.Object({
  id: Id,
  name: Type.String(),
  classname: Type.String(),
  file: Type.String(),
  nodeIndex: Count,
  result: ResultShape,
  durationMs: Count,
  message: Nullable(Type.String()),
  flaky: Type.Boolean({ description: "In this job, it passed and failed on the same commit." }),
});

/** A page of a job's results, and how many there are of each kind. */
export const TestsShape = Type.Object({
  items: Type.Array(TestShape),
  next: Nullable(Type.String()),
  counts: Type.Object({ success: Count, failure: Count, skipped: Count }),
});

export const TestQuery = Type.Object({
  cursor: Type.Optional(Type.String({ pattern: "^[0-9]{1,9}$" })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  result: Type.Optional(ResultShape),
});

/** How a test went once, in whatever pipeline of its project. */
export const TestRunShape = Type.Object({
  id: Id,
  result: ResultShape,
  durationMs: Count,
  message: Nullable(Type.String()),
  nodeIndex: Count,
  job: Type.Object({ id: Id, name: Type.String() }),
  pipelineId: Id,
  branch: Nullable(Type.String()),
  tag: Nullable(Type.String()),
  sha: Type.String(),
  queuedAt: Time,
});

export const TestHistoryQuery = Type.Object({
  cursor: Type.Optional(Type.String({ pattern: "^[0-9]{1,15}$" })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
});

export type Test = Static<typeof TestShape>;
export type TestRun = Static<typeof TestRunShape>;
