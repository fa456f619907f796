import { custom, string as argument } from "@oclif/core/args";
import { integer } from "@oclif/core/flags";

import { readPipelineReference, type PipelineReference } from "./pipeline-reference.ts";

/** The argument of every command about a pipeline, read before anything is asked of the server. */
export const pipelineArg = custom<PipelineReference>({
  parse: (text) => Promise.resolve().then(() => readPipelineReference(text)),
  // Else oclif takes a missing argument from a pipe that is meant for somebody else.
  ignoreStdin: true,
  description: "5, #5, latest, latest@<branch>, the address of its page, or 7 digits of its commit",
})({ required: true });

/** The second one, of a command about two. */
export const laterPipelineArg: typeof pipelineArg = { ...pipelineArg, description: "the later one" };

/** The job of such a command. */
export const jobArg = argument({
  ignoreStdin: true,
  description: "a job's name, workflow/job, the unique beginning of one, or name:2 for its second attempt",
});

/** The same where the command may be about all jobs of one workflow. */
export const jobsArg = argument({
  ignoreStdin: true,
  description: "a job's name, workflow/job, the unique beginning of one, or workflow/ for all of its jobs",
});

/** The node of a job with parallelism. */
export const nodeFlag = {
  node: integer({ min: 0, helpValue: "<n>", description: "which node of a job with parallelism, from 0" }),
};
