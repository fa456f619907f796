import { FmgCommand } from "../../fmg-command.ts";
import { assertConfirmed } from "../../prompts.ts";
import { contextArg, yesFlag } from "../../secrets/flags.ts";
import { plain } from "../../ui.ts";

/** `fmg context delete <context>` */
export class DeleteContext extends FmgCommand {
  static override summary =
    "Delete a context with its variables. Jobs that ask for it do not start any more.";
  static override usage = "context delete <context> [--yes]";
  static override args = { context: contextArg };
  static override flags = yesFlag;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(DeleteContext);
    await this.withServer(flags, async ({ ui, client }) => {
      await assertConfirmed(ui, `Delete context ${args.context} with its variables?`, flags.yes);
      const context = await client.deleteContext({ params: { context: args.context } });
      if (ui.json) return ui.document(context);
      const name = plain(context.name);
      await ui.line(ui.quiet ? name : `Deleted context ${name}`);
    });
  }
}
