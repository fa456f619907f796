import { integer } from "@oclif/core/args";

import { FmgCommand } from "../../fmg-command.ts";
import { assertConfirmed } from "../../prompts.ts";
import { yesFlag } from "../../secrets/flags.ts";
import { plain } from "../../ui.ts";

/** `fmg configure remove-runner <id>` */
export class RemoveRunner extends FmgCommand {
  static override summary = "Forget a runner.";
  static override usage = "configure remove-runner <id> [--yes]";
  static override args = {
    id: integer({ required: true, min: 1, ignoreStdin: true, description: "its number" }),
  };
  static override flags = yesFlag;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(RemoveRunner);
    await this.withServer(flags, async ({ ui, client }) => {
      await assertConfirmed(ui, `Remove runner ${args.id}?`, flags.yes);
      const runner = await client.removeRunner({ params: { id: args.id } });
      if (ui.json) return ui.document(runner);
      await ui.line(ui.quiet ? String(runner.id) : `Removed runner ${runner.id}: ${plain(runner.host)}`);
    });
  }
}
