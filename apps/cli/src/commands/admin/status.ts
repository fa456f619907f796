import type { ServerStatus } from "@fmg/client";

import { FmgCommand } from "../../fmg-command.ts";
import { plain } from "../../ui.ts";

/** `fmg admin status` */
export class AdminStatus extends FmgCommand {
  static override summary = "Show how the server stands: what it has to do, and why it can take no work.";
  static override usage = "admin status";

  override async run(): Promise<void> {
    const { flags } = await this.parse(AdminStatus);
    await this.withServer(flags, async ({ ui, client, server }) => {
      const status = await client.getServerStatus();
      if (ui.json) await ui.document(status);
      else for (const line of linesOf(status, server.url)) await ui.line(line);
      process.exitCode = status.problems.length === 0 ? 0 : 1;
    });
  }
}

function linesOf(
  { version, startedAt, problems, freeBytes, unfinished, runners }: ServerStatus,
  url: string,
) {
  const open = Object.entries(unfinished).map(([what, count]) => `${count} ${what}`);
  return [
    `FMG ${plain(version)} at ${url}, up since ${startedAt}`,
    ...(problems.length === 0 ? ["✓ takes work"] : problems.map((problem) => `✗ ${plain(problem)}`)),
    `runners      ${runners.active} active, ${runners.inactive} inactive`,
    `unfinished   ${open.join(", ")}`,
    `free disk    ${(freeBytes / 2 ** 30).toFixed(1)} GiB`,
  ];
}
