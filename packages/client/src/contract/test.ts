import { Type, type Static } from "typebox";

import { Count, Id, Nullable } from "./words.ts";

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
  flaky: Type.Boolean({ description: "It passed and failed on the same commit." }),
});

export const TestQuery = Type.Object({
  cursor: Type.Optional(Type.String({ pattern: "^[0-9]{1,9}$" })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  result: Type.Optional(ResultShape),
});

export type Test = Static<typeof TestShape>;
