import { Type, type Static } from "typebox";

import { Id, Nullable, state, StatusShape, Time } from "./words.ts";

const PositionShape = Type.Object({ line: Type.Integer(), column: Type.Integer() });

/** A part of a config; lines and columns count from 1, `end` is exclusive. */
export const RangeShape = Type.Object({
  file: Type.String(),
  start: PositionShape,
  end: PositionShape,
});

/** A located message to the author of a config; lines and columns count from 1, `end` is exclusive. */
export const DiagnosticShape = Type.Object({
  code: Type.String(),
  rule: Type.Optional(Type.String()),
  severity: Type.Enum(["error", "warning"]),
  message: Type.String(),
  hint: Type.Optional(Type.String()),
  range: RangeShape,
  sourceLine: Type.Optional(Type.String()),
  chain: Type.Optional(Type.Array(Type.Object({ message: Type.String(), range: RangeShape }))),
});

/** One trigger of one commit. Exactly one of `branch` and `tag` is set. */
export const PipelineShape = Type.Object({
  id: Type.Integer({ description: "The number that people see: #5." }),
  uuid: Type.String(),
  number: Type.Integer({ description: "Counts per repository." }),
  repo: Type.Object({ owner: Type.String(), name: Type.String(), url: Type.String() }),
  branch: Nullable(Type.String()),
  tag: Nullable(Type.String()),
  sha: Type.String({ description: "40 hex digits." }),
  commit: Type.Object({
    subject: Type.String(),
    author: Nullable(Type.String({ description: "The author's login, else the name in the commit." })),
    url: Nullable(Type.String()),
  }),
  trigger: Type.Object({
    kind: Type.Enum(["push", "api", "schedule"]),
    parameters: Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer(), Type.Boolean()]), {
      description: "Pipeline parameters that it gave; a text may stand for a value of the declared type.",
    }),
  }),
  ...state,
  diagnostics: Type.Array(DiagnosticShape),
  createdAt: Time,
  url: Type.String({ description: "The pipeline's page." }),
});

export const WorkflowShape = Type.Object({
  id: Id,
  uuid: Type.String(),
  pipelineId: Id,
  name: Type.String(),
  ...state,
  failing: Type.Boolean({ description: "A job has failed, so that it will fail; the rest goes on." }),
  createdAt: Time,
  rerunOf: Nullable(Id),
  rerun: Nullable(
    Type.Object({
      from: Type.Enum(["start", "failed", "job", "fresh"], {
        description: "fresh: the config was compiled anew.",
      }),
      job: Nullable(Type.String()),
      by: Nullable(Type.String({ description: "The name of the token; null: FMG itself." })),
      number: Type.Integer({ minimum: 1, description: "Counts the reruns of the first workflow." }),
    }),
  ),
});

export const PipelineQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  cursor: Type.Optional(Type.String({ maxLength: 100, description: "`next` of the page before." })),
  repo: Type.Optional(Type.String({ pattern: "^[^/]+/[^/]+$", maxLength: 250, description: "owner/name" })),
  branch: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
  status: Type.Optional(StatusShape),
});

export type Diagnostic = Static<typeof DiagnosticShape>;
export type Pipeline = Static<typeof PipelineShape>;
export type Workflow = Static<typeof WorkflowShape>;
