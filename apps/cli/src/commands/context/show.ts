import { FmgCommand } from "../../fmg-command.ts";
import { contextArg } from "../../secrets/flags.ts";
import { formatFlag, linesOf } from "../../print-items.ts";
import { restrictionsText, variableView } from "../../secrets/print.ts";
import { plain } from "../../ui.ts";

/** `fmg context show <context>` */
export class ShowContext extends FmgCommand {
  static override summary =
    "Show a context: who may use it, and its variables' names and dates, never values.";
  static override usage = "context show <context> [--format <template>]";
  static override args = { context: contextArg };

  static override flags = formatFlag;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ShowContext);
    const params = { context: args.context };
    await this.withServer(flags, async ({ ui, client }) => {
      const context = await client.getContext({ params });
      const variables = (await client.listContextVariables({ params })).items;
      if (ui.json) return ui.document({ ...context, variables });
      const isList = ui.quiet || ui.plain || ui.template !== undefined;
      if (!isList) await ui.line(`${plain(context.name)}: for ${restrictionsText(context)}`);
      for (const line of linesOf(ui, variables, variableView)) await ui.line(line);
    });
  }
}
