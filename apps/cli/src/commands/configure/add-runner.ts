import { string as argument } from "@oclif/core/args";

import { FmgCommand } from "../../fmg-command.ts";
import { plain } from "../../ui.ts";

/** `fmg configure add-runner <host>` */
export class AddRunner extends FmgCommand {
  static override summary =
    "Add a runner by its host name. It is inactive until something reports from there.";
  static override usage = "configure add-runner <host>";
  static override args = {
    host: argument({ required: true, description: "a host name or an IP address" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(AddRunner);
    await this.withServer(flags, async ({ ui, client }) => {
      const runner = await client.addRunner({ body: { host: args.host } });
      if (ui.json) return ui.document(runner);
      await ui.line(ui.quiet ? String(runner.id) : `Added runner ${runner.id}: ${plain(runner.host)}`);
    });
  }
}
