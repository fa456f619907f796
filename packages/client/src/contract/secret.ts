import { Type, type Static } from "typebox";

import { Id, Nullable, Time } from "./words.ts";

/** A repository by its name, as on GitHub. */
const repository = {
  owner: Type.String({ pattern: "^[A-Za-z0-9_-]{1,100}$" }),
  name: Type.String({ pattern: "^[A-Za-z0-9._-]{1,100}$" }),
};
const ContextName = Type.String({
  pattern: "^[!-~]([ -~]{0,62}[!-~])?$",
  description: "1 to 64 printable characters.",
});
const VariableName = Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$" });

export const ProjectParams = Type.Object(repository);
export const ProjectVariableParams = Type.Object({ ...repository, variable: VariableName });
export const ContextParams = Type.Object({ context: ContextName });
export const ContextVariableParams = Type.Object({ context: ContextName, variable: VariableName });
export const RestrictionParams = Type.Object({ context: ContextName, id: Id });

/** What is told of a variable; its value never is. */
export const VariableShape = Type.Object({
  name: Type.String(),
  hint: Nullable(Type.String({ description: "The last four characters, where the value is long." })),
  createdAt: Time,
  updatedAt: Time,
});

export const NewVariableShape = Type.Object(
  {
    value: Type.String({
      minLength: 1,
      maxLength: 32_768,
      pattern: "^[^\\u0000]*$",
      description: "Sealed at once; nothing gives it back.",
    }),
  },
  { additionalProperties: false },
);

const RestrictionKind = Type.Enum(["project", "branch", "tag", "expression"]);

/** Who may use a context: any of its projects, any of its branches and tags, and only where all expressions hold. */
export const RestrictionShape = Type.Object({
  id: Id,
  kind: RestrictionKind,
  value: Type.String({ description: 'octo/repo; main or /release-.*/; pipeline.git.branch == "main"' }),
});

export const NewRestrictionShape = Type.Object(
  { kind: RestrictionKind, value: Type.String({ minLength: 1, maxLength: 4096 }) },
  { additionalProperties: false },
);

export const ContextShape = Type.Object({
  name: Type.String(),
  createdAt: Time,
  restrictions: Type.Array(RestrictionShape, { description: "Empty: every project may use it." }),
});

export const NewContextShape = Type.Object({ name: ContextName }, { additionalProperties: false });

/** How the encryption of secrets stands; a rotation is under way while there are older keys. */
export const EncryptionKeyShape = Type.Object({
  newest: Type.String({ description: "The id of the key that seals." }),
  older: Type.Array(Type.String()),
  remaining: Type.Integer({ minimum: 0, description: "Values that are still under another key." }),
  missing: Type.Array(Type.String(), { description: "Keys that values need and that are nowhere." }),
});

export type Variable = Static<typeof VariableShape>;
export type Restriction = Static<typeof RestrictionShape>;
export type Context = Static<typeof ContextShape>;
export type EncryptionKey = Static<typeof EncryptionKeyShape>;
