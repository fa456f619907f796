import { setTimeout as delay } from "node:timers/promises";

import type { Client, EncryptionKey } from "@fmg/client";

import { CliError } from "../../errors.ts";
import { FmgCommand } from "../../fmg-command.ts";
import { plain } from "../../ui.ts";

/** The orchestrator looks every 15 s, and seals some thousand values a second. */
const patienceMs = 120_000;
const lookEveryMs = 500;

/** `fmg admin rotate-key` */
export class RotateKey extends FmgCommand {
  static override summary = "Seal all secrets under a new encryption key, and remove the old one.";
  static override usage = "admin rotate-key";

  override async run(): Promise<void> {
    const { flags } = await this.parse(RotateKey);
    await this.withServer(flags, async ({ ui, client }) => {
      const begun = await client.rotateEncryptionKey();
      ui.note(
        `New key ${begun.newest}; ${begun.remaining} secrets are to be sealed anew. Ctrl-C does not stop it.`,
      );
      const done = await untilDone(client, begun);
      if (ui.json) return ui.document(done);
      await ui.line(
        ui.quiet ? done.newest : `All secrets are sealed with key ${done.newest}; the old one is gone`,
      );
    });
  }
}

async function untilDone(client: Client, begun: EncryptionKey): Promise<EncryptionKey> {
  const until = Date.now() + patienceMs;
  for (let state = begun; ; state = await client.getEncryptionKey()) {
    if (state.older.length === 0 && state.remaining === 0) return state;
    assertPossible(state);
    if (Date.now() > until) {
      throw new CliError("timed-out", `${state.remaining} secrets are not sealed anew yet`, [
        "An orchestrator does that: does one run? It goes on by itself:  fmg admin rotate-key shows how far it is",
      ]);
    }
    await delay(lookEveryMs);
  }
}

function assertPossible({ missing }: EncryptionKey): void {
  if (missing.length === 0) return;
  throw new CliError(
    "failed",
    `some secrets are sealed with keys that are missing: ${plain(missing.join(", "))}`,
    [
      "Restore the file encryption-key from your backup, or set those secrets anew; the server's log names them.",
    ],
  );
}
