import { string as argument } from "@oclif/core/args";

import { ProblemError, type Client, type Runner } from "@fmg/client";

import { CliError } from "../../errors.ts";
import { FmgCommand } from "../../fmg-command.ts";
import { plain } from "../../ui.ts";

/** `fmg configure add-runner <host>` */
export class AddRunner extends FmgCommand {
  static override summary =
    "Add a runner by its host name. It is inactive until something reports from there.";
  static override usage = "configure add-runner <host>";
  static override args = {
    host: argument({ required: true, ignoreStdin: true, description: "a host name or an IP address" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(AddRunner);
    await this.withServer(flags, async ({ ui, client }) => {
      const runner = await addRunner(client, args.host);
      if (ui.json) return ui.document(runner);
      await ui.line(ui.quiet ? String(runner.id) : `Added runner ${runner.id}: ${plain(runner.host)}`);
    });
  }
}

async function addRunner(client: Client, host: string): Promise<Runner> {
  try {
    return await client.addRunner({ body: { host } });
  } catch (thrown) {
    if (!(thrown instanceof ProblemError) || thrown.code !== "invalid-request") throw thrown;
    const hint = "A host name or an IP address:  fmg configure add-runner build1.local";
    throw new CliError("usage", `"${host}" is not a host name`, [hint], { cause: thrown });
  }
}
