import { string as argument } from "@oclif/core/args";

import { FmgCommand } from "../../fmg-command.ts";
import { readRepo } from "../../repo-name.ts";
import { scheduleLine } from "./schedule-line.ts";

/** `fmg schedule list <owner/name>` */
export class ListSchedules extends FmgCommand {
  static override summary = "Show a repository's schedules with their next three times.";
  static override usage = "schedule list <owner/name>";
  static override args = {
    repo: argument({ required: true, description: "a connected repository, owner/name" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ListSchedules);
    const params = readRepo(args.repo, "fmg schedule list");
    await this.withServer(flags, async ({ ui, client }) => {
      const page = await client.listSchedules({ params });
      if (ui.json) return ui.document(page);
      for (const schedule of page.items)
        await ui.line(ui.quiet ? String(schedule.id) : scheduleLine(schedule));
      if (page.items.length === 0) ui.note("No schedules. Make one: fmg schedule create");
    });
  }
}
