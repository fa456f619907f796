import { boolean } from "@oclif/core/flags";

import { FmgCommand } from "../fmg-command.ts";
import { ownVersion } from "../own-version.ts";
import { plain } from "../ui.ts";

/** `fmg version` */
export class Version extends FmgCommand {
  static override summary = "Print the version of fmg, and of the server.";
  static override usage = "version [--server]";
  static override flags = { server: boolean({ description: "ask the server for its version too" }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const version = ownVersion();
    if (!flags.server) {
      const ui = this.openUi(flags);
      return ui.json ? ui.document({ version }) : ui.line(`fmg ${version}`);
    }
    await this.withServer(flags, async ({ ui, client, server }) => {
      const status = await client.getServerStatus();
      if (ui.json) return ui.document({ version, server: { url: server.url, version: status.version } });
      await ui.line(`fmg ${version}`);
      await ui.line(`server ${plain(status.version)} at ${server.url}`);
      if (status.version !== version) {
        ui.note("They differ: what one of them has, the other may not know.");
      }
    });
  }
}
