import { Type, type Static } from "typebox";

import { Count, Id } from "./words.ts";

/** A file that a job kept by `store_artifacts`. */
export const ArtifactShape = Type.Object({
  id: Id,
  path: Type.String(),
  nodeIndex: Count,
  sizeBytes: Count,
  url: Type.String({ description: "Where its bytes are; asks for a token like everything." }),
});

export const ArtifactQuery = Type.Object({
  cursor: Type.Optional(Type.String({ pattern: "^[0-9]{1,15}$" })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
});

export type Artifact = Static<typeof ArtifactShape>;
