import { Type, type Static } from "typebox";

import { Time } from "./words.ts";

const Count = Type.Integer({ minimum: 0 });

/** How the server stands: what an operator looks at first. */
export const ServerStatusShape = Type.Object({
  version: Type.String({ description: "Of the API." }),
  startedAt: Time,
  problems: Type.Array(Type.String(), { description: "Why it can take no work; empty: it can." }),
  freeBytes: Type.Integer({ minimum: 0, description: "On the disk of the data directory." }),
  unfinished: Type.Object(
    { pipelines: Count, workflows: Count, attempts: Count, statuses: Count, notifications: Count },
    { description: "What is not final, or not sent yet." },
  ),
  runners: Type.Object({ active: Count, inactive: Count }),
});

export type ServerStatus = Static<typeof ServerStatusShape>;
