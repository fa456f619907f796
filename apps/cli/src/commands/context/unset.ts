import { FmgCommand } from "../../fmg-command.ts";
import { assertConfirmed } from "../../prompts.ts";
import { contextArg, variableArg, yesFlag } from "../../secrets/flags.ts";

/** `fmg context unset <context> <name>` */
export class UnsetContextVariable extends FmgCommand {
  static override summary = "Delete a variable of a context.";
  static override usage = "context unset <context> <name> [--yes]";
  static override args = { context: contextArg, name: variableArg };
  static override flags = yesFlag;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(UnsetContextVariable);
    const what = `${args.name} of context ${args.context}`;
    await this.withServer(flags, async ({ ui, client }) => {
      await assertConfirmed(ui, `Delete ${what}?`, flags.yes);
      const params = { context: args.context, variable: args.name };
      const variable = await client.deleteContextVariable({ params });
      if (ui.json) return ui.document(variable);
      await ui.line(ui.quiet ? variable.name : `Deleted ${what}`);
    });
  }
}
