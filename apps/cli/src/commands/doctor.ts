import { boolean } from "@oclif/core/flags";

import type { Check } from "../doctor/check.ts";
import { machineChecks } from "../doctor/machine-checks.ts";
import { serverChecks } from "../doctor/server-checks.ts";
import { FmgCommand } from "../fmg-command.ts";
import { plain, type Ui } from "../ui.ts";

/** `fmg doctor` */
export class Doctor extends FmgCommand {
  static override summary =
    "Look whether this machine, the server, and what it has in Redis, Docker and GitHub are well and agree.";
  static override usage = "doctor [--fix]";
  static override flags = {
    fix: boolean({ description: "mend what can be mended, as the server's database has it" }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    await this.withServer(flags, async ({ ui, client, server }) => {
      const mode = flags.fix ? "mend" : "look";
      const checks = [...(await machineChecks()), ...(await serverChecks(client, server, mode))];
      await tell(ui, checks);
      process.exitCode = checks.some(({ state }) => state === "wrong") ? 1 : 0;
    });
  }
}

async function tell(ui: Ui, checks: readonly Check[]): Promise<void> {
  if (ui.json) return ui.document({ items: checks, next: null });
  const shown = ui.quiet ? checks.filter(({ state }) => state === "wrong") : checks;
  for (const line of shown.flatMap(linesOf)) await ui.line(line);
}

const signs = { ok: "✓", wrong: "✗", mended: "✓ mended:" } as const;

function linesOf({ state, what, cause, next }: Check): string[] {
  return [
    `${signs[state]} ${plain(what)}`,
    ...(cause === undefined ? [] : [`    why:   ${plain(cause)}`]),
    ...(next === undefined ? [] : [`    next:  ${plain(next)}`]),
  ];
}
