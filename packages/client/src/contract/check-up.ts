import { Type, type Static } from "typebox";

/** Something that is not as it should be. */
export const FindingShape = Type.Object({
  area: Type.Enum(["server", "database", "redis", "docker", "github"]),
  what: Type.String({ description: "What is wrong, with the name of the thing." }),
  cause: Type.String({ description: "How it comes to be so." }),
  next: Type.String({ description: "What to do about it." }),
  mending: Type.Enum(["possible", "done", "by-hand"], {
    description: "Whether FMG can mend it, has done so, or leaves it to a person.",
  }),
});

/** What the API and every orchestrator that answered found. */
export const CheckUpShape = Type.Object({
  orchestrators: Type.Integer({ minimum: 0, description: "How many answered." }),
  findings: Type.Array(FindingShape, { description: "Empty: all agree." }),
});

export type Finding = Static<typeof FindingShape>;
export type CheckUp = Static<typeof CheckUpShape>;
