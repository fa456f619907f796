import { Type, type Static } from "typebox";

import { Count, Id, Time } from "./words.ts";

/** What a `save_cache` step kept. */
export const CacheShape = Type.Object({
  id: Id,
  key: Type.String(),
  scope: Type.String({ description: "Whose jobs saved it: branch:main, tag:v1." }),
  sizeBytes: Count,
  createdAt: Time,
  lastUsedAt: Time,
  expiresAt: Time,
});

export const CacheQuery = Type.Object({
  cursor: Type.Optional(Type.String({ pattern: "^[0-9]{1,15}$" })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  key: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1000, description: "Those whose keys begin so." }),
  ),
});

export type Cache = Static<typeof CacheShape>;
