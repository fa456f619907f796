import { FmgCommand } from "../fmg-command.ts";
import { formatFlag, linesOf } from "../print-items.ts";
import { plain } from "../ui.ts";

/** `fmg whoami` */
export class WhoamiCommand extends FmgCommand {
  static override summary = "Show whose token is used, on which server, and what it may do.";
  static override usage = "whoami [--format <template>]";
  static override flags = formatFlag;

  override async run(): Promise<void> {
    const { flags } = await this.parse(WhoamiCommand);
    await this.withServer(flags, async ({ ui, client, server }) => {
      const token = await client.whoami();
      const told = { ...token, server: server.url, tokenFrom: server.tokenFrom ?? null };
      if (ui.json) return ui.document(told);
      const lines = linesOf(ui, [told], {
        id: ({ name }) => plain(name),
        row: ({ name, scopes }) => [plain(name), server.url, scopes.join(","), plain(server.tokenFrom ?? "")],
        line: ({ name, scopes }) =>
          `${plain(name)} at ${server.url}, may: ${scopes.join(", ")} (token from ${plain(server.tokenFrom ?? "nowhere")})`,
      });
      for (const line of lines) await ui.line(line);
    });
  }
}
