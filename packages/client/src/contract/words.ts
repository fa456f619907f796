import { Type, type TSchema } from "typebox";

/** The one status vocabulary of pipelines, workflows, jobs, attempts and steps. */
export const StatusShape = Type.Enum(
  [
    "pending",
    "blocked",
    "on_hold",
    "queued",
    "running",
    "success",
    "failure",
    "error",
    "canceled",
    "skipped",
  ],
  { description: "success, failure, error, canceled and skipped are final." },
);

export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const Time = Type.String({ format: "date-time", description: "ISO 8601, UTC." });

export const Count = Type.Integer({ minimum: 0 });

export function Nullable<S extends TSchema>(schema: S): Type.TUnion<[S, Type.TNull]> {
  return Type.Union([schema, Type.Null()]);
}

/** Where something stands, and why, when the status alone does not say it. */
export const state = {
  status: StatusShape,
  reason: Nullable(Type.String({ description: "Why: step_failed, config_invalid, upstream_failed, …" })),
  message: Nullable(Type.String({ description: "A sentence for people." })),
  startedAt: Nullable(Time),
  finishedAt: Nullable(Time),
};

/** The params of every route about one thing. */
export const IdParams = Type.Object({ id: Id });

/** A page of a list; `next` is the cursor of the page after it, null on the last one. */
export function List<S extends TSchema>(
  item: S,
): Type.TObject<{ items: Type.TArray<S>; next: Type.TUnion<[Type.TString, Type.TNull]> }> {
  return Type.Object({ items: Type.Array(item), next: Nullable(Type.String()) });
}
