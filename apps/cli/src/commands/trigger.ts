import { setTimeout as pause } from "node:timers/promises";

import { ConnectionError, type Client, type Pipeline } from "@fmg/client";
import { string as argument } from "@oclif/core/args";
import { boolean, string } from "@oclif/core/flags";

import { readParameters } from "../config/parameters.ts";
import { CliError } from "../errors.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { diagnosticLines, pipelineLine } from "../format.ts";
import { readRepo } from "../repo-name.ts";

/** Between two looks at a pipeline that is waited for. */
const lookEveryMs = 1000;

/** `fmg trigger` */
export class Trigger extends FmgCommand {
  static override summary = "Start a pipeline of a branch, a tag or a commit.";
  static override usage =
    "trigger <owner/name> [--branch <name> | --tag <name>] [--sha <commit>] [--param <name>=<value>] [--wait]";
  static override args = {
    repo: argument({ required: true, ignoreStdin: true, description: "a connected repository, owner/name" }),
  };
  static override flags = {
    branch: string({
      helpValue: "<name>",
      exclusive: ["tag"],
      description: "of this branch; else the default one",
    }),
    tag: string({ helpValue: "<name>", description: "of this tag" }),
    sha: string({ helpValue: "<commit>", description: "of this commit, 40 hex digits; else the tip" }),
    param: string({
      helpValue: "<name>=<value>",
      multiple: true,
      multipleNonGreedy: true,
      description: "a pipeline parameter; may be given several times",
    }),
    wait: boolean({ description: "until it has ended; its result is the exit code" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Trigger);
    const textParameters = Object.fromEntries(readParameters(flags.param ?? []));
    const { branch, tag, sha } = flags;
    const body = {
      ...(branch === undefined ? {} : { branch }),
      ...(tag === undefined ? {} : { tag }),
      ...(sha === undefined ? {} : { sha: checkedSha(sha) }),
      textParameters,
    };
    const params = readRepo(args.repo, "fmg trigger");
    await this.withServer(flags, async (session) => {
      const created = await session.client.triggerPipeline({ params, body });
      if (!flags.wait) return tellCreated(session, created);
      if (!session.ui.json) await tellCreated(session, created);
      await tellEnd(session, await ended(session.client, created));
    });
  }
}

async function tellCreated({ ui }: Session, pipeline: Pipeline): Promise<void> {
  if (ui.json) return ui.document(pipeline);
  await ui.line(ui.quiet ? String(pipeline.id) : `Pipeline ${pipeline.id} created`);
  if (!ui.quiet) await ui.line(pipeline.url);
}

/** A server that is away for a while is waited for: the pipeline is created, and goes on when it is back. */
async function ended(client: Client, created: Pipeline): Promise<Pipeline> {
  let pipeline = created;
  while (pipeline.finishedAt === null) {
    await pause(lookEveryMs);
    try {
      pipeline = await client.getPipeline({ params: { id: created.id } });
    } catch (thrown) {
      if (!(thrown instanceof ConnectionError)) throw thrown;
    }
  }
  return pipeline;
}

async function tellEnd({ ui }: Session, pipeline: Pipeline): Promise<void> {
  if (ui.json) await ui.document(pipeline);
  else if (!ui.quiet) {
    for (const diagnostic of pipeline.diagnostics) {
      for (const line of diagnosticLines(diagnostic)) await ui.line(line);
    }
    await ui.line(pipelineLine(pipeline, ui));
  }
  if (pipeline.status === "canceled") process.exitCode = 7;
  else if (pipeline.status === "failure" || pipeline.status === "error") process.exitCode = 1;
}

function checkedSha(text: string): string {
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  throw new CliError("usage", `"${text}" is not a whole commit id`, [
    "It has 40 hex digits:  --sha $(git rev-parse HEAD)",
  ]);
}
