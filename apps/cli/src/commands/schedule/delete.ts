import { integer as argument } from "@oclif/core/args";

import { FmgCommand } from "../../fmg-command.ts";
import { assertConfirmed } from "../../prompts.ts";
import { yesFlag } from "../../secrets/flags.ts";
import { plain } from "../../ui.ts";

/** `fmg schedule delete <id>` */
export class DeleteSchedule extends FmgCommand {
  static override summary = "Delete a schedule. Those of a config go with the config.";
  static override usage = "schedule delete <id> [--yes]";
  static override args = {
    id: argument({ required: true, min: 1, ignoreStdin: true, description: "its number" }),
  };
  static override flags = yesFlag;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(DeleteSchedule);
    await this.withServer(flags, async ({ ui, client }) => {
      await assertConfirmed(ui, `Delete schedule ${args.id}?`, flags.yes);
      const schedule = await client.deleteSchedule({ params: { id: args.id } });
      if (ui.json) return ui.document(schedule);
      await ui.line(
        ui.quiet ? String(schedule.id) : `Deleted schedule ${schedule.id}: ${plain(schedule.name)}`,
      );
    });
  }
}
