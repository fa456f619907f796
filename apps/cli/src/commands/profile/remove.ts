import { string as argument } from "@oclif/core/args";

import { FmgCommand } from "../../fmg-command.ts";
import { profileNamed, readProfiles, writeProfiles } from "../../profiles/profiles-file.ts";
import { assertConfirmed } from "../../prompts.ts";
import { yesFlag } from "../../secrets/flags.ts";
import { readSettings } from "../../settings.ts";

/** `fmg profile remove <name>` */
export class RemoveProfile extends FmgCommand {
  static override summary = "Forget a server and its token.";
  static override usage = "profile remove <name> [--yes]";
  static override args = { name: argument({ required: true, ignoreStdin: true, description: "its name" }) };
  static override flags = yesFlag;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(RemoveProfile);
    const ui = this.openUi(flags);
    const { profilesFile } = readSettings(process.env, process.cwd());
    const profiles = await readProfiles(profilesFile);
    const { url } = profileNamed(profiles, args.name);
    await assertConfirmed(ui, `Forget profile ${args.name} (${url}) and its token?`, flags.yes);
    const byName = new Map([...profiles.byName].filter(([name]) => name !== args.name));
    const current = profiles.current === args.name ? undefined : profiles.current;
    await writeProfiles(profilesFile, { current, byName });
    if (ui.json) return ui.document({ profile: args.name, server: url });
    await ui.line(ui.quiet ? args.name : `Removed profile ${args.name}: ${url}`);
  }
}
