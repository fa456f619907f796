import type { Schedule } from "@fmg/client";
import { string as argument } from "@oclif/core/args";

import { FmgCommand } from "../../fmg-command.ts";
import { formatFlag, printItems } from "../../print-items.ts";
import { readRepo } from "../../repo-name.ts";
import { scheduleFields, scheduleLine } from "./schedule-line.ts";

/** `fmg schedule list <owner/name>` */
export class ListSchedules extends FmgCommand {
  static override summary = "Show a repository's schedules with their next three times.";
  static override usage = "schedule list <owner/name> [--format <template>]";
  static override args = {
    repo: argument({ required: true, ignoreStdin: true, description: "a connected repository, owner/name" }),
  };

  static override flags = formatFlag;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ListSchedules);
    const params = readRepo(args.repo, "fmg schedule list");
    await this.withServer(flags, async ({ ui, client }) => {
      const page = await client.listSchedules({ params });
      const view = { id: ({ id }: Schedule) => id, row: scheduleFields, line: scheduleLine };
      await printItems(ui, page, view, "No schedules. Make one: fmg schedule create");
    });
  }
}
