import { Type, type Static } from "typebox";

import { Id, Nullable, StatusShape } from "./words.ts";

const Text = Nullable(Type.String());
const Names = Type.Object({ added: Type.Array(Type.String()), removed: Type.Array(Type.String()) });

const SideShape = Type.Object({
  id: Id,
  sha: Type.String(),
  subject: Type.String(),
  branch: Text,
  tag: Text,
  status: StatusShape,
});

/** What a job, known by its workflow and name, has differently. Null before or after: it was not there. */
export const JobDiffShape = Type.Object({
  workflow: Type.String(),
  name: Type.String(),
  change: Type.Enum(["added", "removed", "kept"]),
  status: Type.Object({ before: Nullable(StatusShape), after: Nullable(StatusShape) }),
  durationMs: Type.Object({ before: Nullable(Type.Number()), after: Nullable(Type.Number()) }),
  config: Type.Array(Type.Object({ path: Type.String(), before: Text, after: Text }), {
    description: "What its compiled config says differently, at most 200.",
  }),
  images: Type.Array(Type.Object({ position: Type.Integer({ minimum: 0 }), before: Text, after: Text }), {
    description: "Digests by the place in `docker:`.",
  }),
  variables: Names,
  contexts: Names,
  caches: Type.Array(Type.Object({ step: Type.String(), before: Text, after: Text }), {
    description: "What its steps `restore_cache` found or missed.",
  }),
  newlyFailing: Type.Array(
    Type.Object({ name: Type.String(), classname: Type.String(), file: Type.String(), message: Text }),
    { description: "Tests that fail after, and did not before; at most 100." },
  ),
});

/** What changed from one pipeline to another. */
export const DiffShape = Type.Object({
  before: SideShape,
  after: SideShape,
  parameters: Type.Array(Type.Object({ path: Type.String(), before: Text, after: Text })),
  orbs: Type.Array(Type.Object({ reference: Type.String(), before: Text, after: Text }), {
    description: "References of orbs, and the exact versions that they came to.",
  }),
  jobs: Type.Array(JobDiffShape),
});

export const DiffQuery = Type.Object({
  before: Type.Integer({ minimum: 1, description: "The other pipeline." }),
});

export type Diff = Static<typeof DiffShape>;
export type JobDiff = Static<typeof JobDiffShape>;
