import { FmgCommand } from "../../fmg-command.ts";
import { contextArg, fromFileFlag, typedValueArg, variableArg } from "../../secrets/flags.ts";
import { readValue } from "../../secrets/secret-value.ts";

/** `fmg context set <context> <name>` */
export class SetContextVariable extends FmgCommand {
  static override summary =
    "Set a variable of a context; its value comes from a pipe, a file or a hidden question.";
  static override usage = "context set <context> <name> [--from-file <file>]";
  static override args = { context: contextArg, name: variableArg, value: typedValueArg };
  static override flags = fromFileFlag;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(SetContextVariable);
    await this.withServer(flags, async ({ ui, client }) => {
      const command = `fmg context set ${args.context}`;
      const wanted = { name: args.name, fromFile: flags["from-file"], typed: args.value, command };
      const value = await readValue(ui, wanted);
      const params = { context: args.context, variable: args.name };
      const variable = await client.setContextVariable({ params, body: { value } });
      if (ui.json) return ui.document(variable);
      await ui.line(ui.quiet ? variable.name : `Set ${variable.name} of context ${args.context}`);
    });
  }
}
