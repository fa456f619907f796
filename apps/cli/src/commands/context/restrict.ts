import { FmgCommand } from "../../fmg-command.ts";
import { contextArg } from "../../secrets/flags.ts";
import { restrictionsText } from "../../secrets/print.ts";
import { restrictionFlags, restrictionMeant } from "../../secrets/restriction-flags.ts";
import { plain } from "../../ui.ts";

/** `fmg context restrict <context>` */
export class RestrictContext extends FmgCommand {
  static override summary =
    "Restrict a context: to any of its projects, to any of its branches and tags, and by all of its expressions.";
  static override usage =
    "context restrict <context> --project <owner/name> | --branch <name> | --tag <name> | --expression <text>";
  static override args = { context: contextArg };
  static override flags = restrictionFlags;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(RestrictContext);
    const body = restrictionMeant(flags, `fmg context restrict ${args.context}`);
    await this.withServer(flags, async ({ ui, client }) => {
      const context = await client.restrictContext({ params: { context: args.context }, body });
      if (ui.json) return ui.document(context);
      const name = plain(context.name);
      await ui.line(ui.quiet ? name : `${name}: for ${restrictionsText(context)}`);
    });
  }
}
