import { Type, type Static } from "typebox";

import { Id, Nullable, Time } from "./words.ts";

/** A machine that carries out jobs; 1 is the server's own. Active while something reports from there. */
export const RunnerShape = Type.Object({
  id: Id,
  host: Type.String(),
  status: Type.Enum(["active", "inactive"]),
  addedAt: Time,
  lastSeenAt: Nullable(Time),
});

export const NewRunnerShape = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      maxLength: 253,
      pattern: "^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$",
      description: "A host name or an IP address.",
    }),
  },
  { additionalProperties: false },
);

export type Runner = Static<typeof RunnerShape>;
