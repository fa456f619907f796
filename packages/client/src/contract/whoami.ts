import { Type, type Static } from "typebox";

import { Id, Time } from "./words.ts";

/** The token that a request came with. */
export const WhoamiShape = Type.Object({
  id: Id,
  name: Type.String(),
  scopes: Type.Array(Type.Enum(["read", "trigger", "admin", "runner"]), {
    description: "What it may do; admin may do everything.",
  }),
  createdAt: Time,
});

export type Whoami = Static<typeof WhoamiShape>;
