import { FmgCommand } from "../../fmg-command.ts";
import { formatFlag, printItems } from "../../print-items.ts";
import { plain } from "../../ui.ts";

/** `fmg configure list-runners` */
export class ListRunners extends FmgCommand {
  static override summary = "Show the runners and which of them are active.";
  static override usage = "configure list-runners [--format <template>]";
  static override flags = formatFlag;

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListRunners);
    await this.withServer(flags, async ({ ui, client }) => {
      const runners = await client.listRunners();
      await printItems(ui, runners, {
        id: ({ id }) => id,
        row: ({ id, host, status }) => [String(id), plain(host), status],
        line: ({ id, host, status }) => `${id}: ${plain(host)} [${status}]`,
      });
    });
  }
}
