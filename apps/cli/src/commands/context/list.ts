import { FmgCommand } from "../../fmg-command.ts";
import { restrictionsText } from "../../secrets/print.ts";
import { plain } from "../../ui.ts";

/** `fmg context list` */
export class ListContexts extends FmgCommand {
  static override summary = "Show the contexts, and who may use them.";
  static override usage = "context list";

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListContexts);
    await this.withServer(flags, async ({ ui, client }) => {
      const contexts = await client.listContexts();
      if (ui.json) return ui.document(contexts);
      const width = Math.max(0, ...contexts.items.map(({ name }) => name.length));
      for (const context of contexts.items) {
        const name = plain(context.name);
        await ui.line(ui.quiet ? name : `${name.padEnd(width)}  ${restrictionsText(context)}`);
      }
      if (contexts.items.length === 0) ui.note("No contexts. One is made by:  fmg context create deploy");
    });
  }
}
