import { Type, type Static } from "typebox";

import { Id, Nullable, Time } from "./words.ts";

/** Something that somebody did and may be asked about. */
export const AuditShape = Type.Object({
  id: Id,
  at: Time,
  token: Nullable(Type.Object({ id: Id, name: Type.String() }, { description: "Null: FMG itself." })),
  ip: Nullable(Type.String()),
  action: Type.String({ description: "attempt.keep, job.approve, workflow.rerun, variable.set, …" }),
  target: Type.String({ description: "attempt 5" }),
  detail: Nullable(Type.String()),
  beforeHash: Nullable(Type.String({ description: "SHA-256 of what was there before, as it is stored." })),
  afterHash: Nullable(Type.String({ description: "SHA-256 of what was there after it." })),
});

export const AuditQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
  cursor: Type.Optional(Type.String({ pattern: "^[0-9]{1,15}$", description: "`next` of the page before." })),
});

export type AuditEntry = Static<typeof AuditShape>;
