import { Type } from "typebox";

const keepMinutes = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1440, description: "The containers of jobs that fail stay so long." }),
);

const cleanCache = Type.Optional(
  Type.Boolean({ description: "Its jobs see no cache that was saved before it, and save theirs anew." }),
);

/** What of a workflow runs again: all of it, or what did not succeed. */
export const RerunWorkflowShape = Type.Object(
  { from: Type.Enum(["start", "failed"]), keepMinutes, cleanCache },
  { additionalProperties: false },
);

/** One job runs again, and what follows it and did not succeed. */
export const RerunJobShape = Type.Object({ keepMinutes, cleanCache }, { additionalProperties: false });
