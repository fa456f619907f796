import type { Context } from "@fmg/client";

import { FmgCommand } from "../../fmg-command.ts";
import { formatFlag, printItems, type View } from "../../print-items.ts";
import { restrictionsText } from "../../secrets/print.ts";
import { plain } from "../../ui.ts";

const contextView: View<Context> = {
  id: ({ name }) => plain(name),
  row: (context) => [plain(context.name), restrictionsText(context)],
};

/** `fmg context list` */
export class ListContexts extends FmgCommand {
  static override summary = "Show the contexts, and who may use them.";
  static override usage = "context list [--format <template>]";
  static override flags = formatFlag;

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListContexts);
    await this.withServer(flags, async ({ ui, client }) => {
      const contexts = await client.listContexts();
      await printItems(ui, contexts, contextView, "No contexts. One is made by:  fmg context create deploy");
    });
  }
}
