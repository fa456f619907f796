import { FmgCommand } from "../../fmg-command.ts";
import { plain } from "../../ui.ts";

/** `fmg configure list-runners` */
export class ListRunners extends FmgCommand {
  static override summary = "Show the runners and which of them are active.";
  static override usage = "configure list-runners";

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListRunners);
    await this.withServer(flags, async ({ ui, client }) => {
      const runners = await client.listRunners();
      if (ui.json) return ui.document(runners);
      for (const { id, host, status } of runners.items) {
        await ui.line(ui.quiet ? String(id) : `${id}: ${plain(host)} [${status}]`);
      }
    });
  }
}
