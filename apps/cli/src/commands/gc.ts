import { boolean } from "@oclif/core/flags";
import { connectDocker } from "@fmg/runner";

import { FmgCommand } from "../fmg-command.ts";
import { findLeftovers, type Leftover } from "../local/leftovers.ts";
import { readLocalSettings } from "../local/local-settings.ts";
import { plain } from "../ui.ts";

/** `fmg gc` */
export class Gc extends FmgCommand {
  static override summary =
    "Remove what runs of fmg run left in Docker here: of killed ones, and of those with --keep.";
  static override usage = "gc [--dry-run]";
  static override flags = { "dry-run": boolean({ description: "show what would go, and remove nothing" }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Gc);
    const ui = this.openUi(flags);
    const { stateRoot } = readLocalSettings(process.env, process.cwd());
    const left = await findLeftovers(connectDocker(), stateRoot);
    const items = left.flatMap(itemsOf);
    if (!flags["dry-run"]) for (const each of left) await each.remove();
    if (ui.json) return ui.document({ items, next: null, removed: !flags["dry-run"] });
    const verb = flags["dry-run"] ? "Would remove" : "Removed";
    for (const { kind, name, root } of items) {
      await ui.line(ui.quiet ? name : `${verb} the ${kind} ${name} of ${plain(root)}`);
    }
    if (items.length === 0) ui.note("No run left anything in Docker.");
  }
}

function itemsOf({ root, isKept, resources }: Leftover) {
  return resources.map(({ kind, name }) => ({ kind, name, root, kept: isKept }));
}
