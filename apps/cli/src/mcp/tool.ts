import type { Client } from "@fmg/client";
import { Type, type Static, type TObject } from "typebox";

import { jobsMeant, refuseAttempt, type JobsMeant } from "../jobs-meant.ts";
import { readPipelineReference } from "../pipeline-reference.ts";

/** What a tool works with. */
export interface ToolContext {
  readonly client: Client;
  /** Where fmg was started: the repository that an agent works in, as a rule. */
  readonly folder: string;
}

/** Something that an agent may ask for: its answer is one JSON document. */
export interface Tool<Shape extends TObject = TObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Shape;
  /** Whether it leaves everything as it is; the others are offered under `--allow-write` alone. */
  readonly readOnly: boolean;
  run(input: Static<Shape>, context: ToolContext): Promise<unknown>;
}

/** The types of its input follow from its shape. */
export function tool<Shape extends TObject>(definition: Tool<Shape>): Tool {
  return definition;
}

/** An input of these fields and no others. */
export function inputOf<P extends Parameters<typeof Type.Object>[0]>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

export const pipelineField = Type.Union([Type.Integer({ minimum: 1 }), Type.String({ minLength: 1 })], {
  description: "5, #5, latest, latest@<branch>, the address of its page, or 7 digits of its commit",
});

export const jobField = Type.Optional(
  Type.String({ minLength: 1, description: "a job's name, workflow/job, or workflow/ for all of its jobs" }),
);

/** The pipeline and jobs that an input names. */
export async function meantBy(
  { client }: ToolContext,
  input: { readonly pipeline: number | string; readonly job?: string | undefined },
  command: string,
): Promise<JobsMeant> {
  const reference = readPipelineReference(String(input.pipeline));
  const found = await jobsMeant({ client }, reference, input.job, command);
  refuseAttempt(found, command);
  return found;
}
