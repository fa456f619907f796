import { Type } from "typebox";

import { CliError } from "../errors.ts";
import { readRepo } from "../repo-name.ts";
import { workflowsMeant } from "../rerun-targets.ts";
import { inputOf, jobField, meantBy, pipelineField, tool, type Tool } from "./tool.ts";

/** What changes something: offered where the person who starts the server allows it. The server audits it by token. */
export const writeTools: readonly Tool[] = [
  tool({
    name: "trigger_pipeline",
    title: "Start a pipeline",
    description: "Starts a pipeline of a branch, a tag or a commit of a connected repository.",
    readOnly: false,
    input: inputOf({
      repo: Type.String({ pattern: "^[^/]+/[^/]+$", description: "owner/name" }),
      branch: Type.Optional(Type.String({ minLength: 1 })),
      tag: Type.Optional(Type.String({ minLength: 1 })),
      sha: Type.Optional(Type.String({ pattern: "^[0-9a-f]{40}$" })),
      parameters: Type.Optional(
        Type.Record(Type.String(), Type.Union([Type.String(), Type.Boolean(), Type.Integer()])),
      ),
    }),
    run: ({ repo, ...body }, { client }) =>
      client.triggerPipeline({ params: readRepo(repo, "fmg trigger"), body }),
  }),
  tool({
    name: "rerun",
    title: "Run again",
    description: "Starts an ended pipeline's workflows again, whole or from what failed, or one job.",
    readOnly: false,
    input: inputOf({
      pipeline: pipelineField,
      job: jobField,
      from: Type.Optional(Type.Enum(["start", "failed"] as const)),
    }),
    run: async (input, context) => {
      const { client } = context;
      const found = await meantBy(context, input, "fmg rerun");
      const { from = "start" } = input;
      if (found.scope === "job") {
        return { items: [await client.rerunJob({ params: { id: found.meant[0]!.job.id }, body: {} })] };
      }
      const items = [];
      for (const id of workflowsMeant(found, from === "failed")) {
        items.push(await client.rerunWorkflow({ params: { id }, body: { from } }));
      }
      return { items };
    },
  }),
  tool({
    name: "cancel",
    title: "Cancel",
    description: "Stops a pipeline, or one job of it.",
    readOnly: false,
    input: inputOf({ pipeline: pipelineField, job: jobField }),
    run: async (input, context) => {
      const { pipeline, scope, meant } = await meantBy(context, input, "fmg cancel");
      const { client } = context;
      if (scope === "pipeline") return client.cancelPipeline({ params: { id: pipeline.id } });
      const { job } = meant[0]!;
      return scope === "job"
        ? client.cancelJob({ params: { id: job.id } })
        : client.cancelWorkflow({ params: { id: job.workflow.id } });
    },
  }),
  tool({
    name: "approve",
    title: "Approve",
    description: "Lets an approval that is on hold go, for the commit that its pipeline is of.",
    readOnly: false,
    input: inputOf({
      pipeline: pipelineField,
      job: Type.String({ minLength: 1, description: "the job that is on hold" }),
      note: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    }),
    run: async ({ note, ...input }, context) => {
      const { pipeline, scope, meant } = await meantBy(context, input, "fmg approve");
      if (scope !== "job") throw new CliError("usage", "an approval is a single job", ["Name it as `job`."]);
      const body = { sha: pipeline.sha, ...(note === undefined ? {} : { note }) };
      return context.client.approveJob({ params: { id: meant[0]!.job.id }, body });
    },
  }),
];
