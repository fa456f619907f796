import { Type } from "typebox";

/** A repository by its name. */
export const BadgeParams = Type.Object({
  owner: Type.String({ pattern: "^[A-Za-z0-9_.-]+$", maxLength: 100 }),
  repo: Type.String({ pattern: "^[A-Za-z0-9_.-]+$", maxLength: 100 }),
});

export const BadgeQuery = Type.Object({
  branch: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
});
