import { boolean } from "@oclif/core/flags";

import { FmgCommand } from "../fmg-command.ts";
import { serveTools } from "../mcp/serve.ts";

/** `fmg mcp` */
export class Mcp extends FmgCommand {
  static override summary =
    "Serve pipelines, logs and failures to an agent (Model Context Protocol, over stdio).";
  static override usage = "mcp [--allow-write]";
  static override flags = {
    "allow-write": boolean({ description: "also offer what starts, stops and approves" }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Mcp);
    await this.withServer(flags, ({ client }) =>
      serveTools(
        { client, folder: process.cwd() },
        { allowWrite: flags["allow-write"], version: this.config.version },
      ),
    );
  }
}
