import { string as argument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";

import { readParameters } from "../../config/parameters.ts";
import { FmgCommand } from "../../fmg-command.ts";
import { readRepo } from "../../repo-name.ts";
import { scheduleLine } from "./schedule-line.ts";

/** `fmg schedule create <owner/name>` */
export class CreateSchedule extends FmgCommand {
  static override summary = "Start pipelines of a branch or tag at the times of a cron line.";
  static override usage =
    "schedule create <owner/name> --name <name> --cron <line> [--tz <zone>] [--branch <name> | --tag <name>] [--param <name>=<value>]";
  static override args = {
    repo: argument({ required: true, ignoreStdin: true, description: "a connected repository, owner/name" }),
  };
  static override flags = {
    name: string({ required: true, helpValue: "<name>", description: "what it is called" }),
    cron: string({ required: true, helpValue: "<line>", description: 'five fields: "30 2 * * *"' }),
    tz: string({ helpValue: "<zone>", default: "UTC", description: "its time zone, such as Europe/Berlin" }),
    branch: string({
      helpValue: "<name>",
      exclusive: ["tag"],
      description: "of this branch; else the default one",
    }),
    tag: string({ helpValue: "<name>", description: "of this tag" }),
    param: string({
      helpValue: "<name>=<value>",
      multiple: true,
      multipleNonGreedy: true,
      description: "a pipeline parameter; true, false and digits are no texts",
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(CreateSchedule);
    const params = readRepo(args.repo, "fmg schedule create");
    const parameters = Object.fromEntries(
      Array.from(readParameters(flags.param ?? []), ([name, text]) => [name, valueOf(text)]),
    );
    const body = {
      name: flags.name,
      cron: flags.cron,
      timeZone: flags.tz,
      ...(flags.branch === undefined ? {} : { branch: flags.branch }),
      ...(flags.tag === undefined ? {} : { tag: flags.tag }),
      parameters,
    };
    await this.withServer(flags, async ({ ui, client }) => {
      const made = await client.createSchedule({ params, body });
      if (ui.json) return ui.document(made);
      await ui.line(ui.quiet ? String(made.id) : scheduleLine(made));
    });
  }
}

/** The config may be another one each time, so that its types are not known here. */
function valueOf(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
