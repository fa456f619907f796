import { Type, type Static } from "typebox";

// What the API of CircleCI takes. (R-PARAM-13)
const Name = Type.String({ pattern: "^[^]{1,128}$" });
const Text = Type.String({ maxLength: 512 });
const mostParameters = { maxProperties: 100, additionalProperties: false };

/** The params of every route about one repository. */
export const RepoParams = Type.Object({
  owner: Type.String({ maxLength: 100 }),
  name: Type.String({ maxLength: 100 }),
});

/** Pipeline parameters by name; what the config does not declare, or of another type, makes the pipeline an error. */
export const ParametersShape = Type.Record(
  Name,
  Type.Union([Text, Type.Integer(), Type.Boolean()]),
  mostParameters,
);

/** The commit at the tip of a branch (the default one unless told) or tag, or one of its commits. */
export const NewPipelineShape = Type.Object(
  {
    branch: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
    tag: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
    sha: Type.Optional(
      Type.String({
        pattern: "^[0-9a-f]{40}$",
        description: "A commit on the branch or tag, up to 1,000 behind its tip; the tip unless told.",
      }),
    ),
    parameters: Type.Optional(ParametersShape),
    textParameters: Type.Optional(
      Type.Record(Name, Text, {
        ...mostParameters,
        description: "As `parameters`, in texts that become values of the declared types: for command lines.",
      }),
    ),
  },
  { additionalProperties: false },
);

export type NewPipeline = Static<typeof NewPipelineShape>;
