import { string as argument } from "@oclif/core/args";

import { commandModel } from "../completion/command-model.ts";
import { completionScript, shells } from "../completion/shell-scripts.ts";
import { CliError } from "../errors.ts";
import { FmgCommand } from "../fmg-command.ts";

/** `fmg completion <shell>` */
export class Completion extends FmgCommand {
  static override summary = "Print a script that completes commands and flags of fmg in a shell.";
  static override usage = "completion bash|zsh|fish";
  static override args = {
    shell: argument({ required: true, ignoreStdin: true, description: shells.join(", ") }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion);
    const ui = this.openUi(flags);
    const shell = shells.find((known) => known === args.shell);
    if (shell === undefined) {
      throw new CliError("usage", `there is no completion for "${args.shell}"`, [
        `There is for ${shells.join(", ")}:  source <(fmg completion bash)`,
      ]);
    }
    const script = completionScript(shell, await commandModel());
    if (ui.json) return ui.document({ shell, script });
    await ui.bytes(Buffer.from(script));
  }
}
