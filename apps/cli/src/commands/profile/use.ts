import { string as argument } from "@oclif/core/args";

import { FmgCommand } from "../../fmg-command.ts";
import { profileNamed, readProfiles, writeProfiles } from "../../profiles/profiles-file.ts";
import { readSettings } from "../../settings.ts";

/** `fmg profile use <name>` */
export class UseProfile extends FmgCommand {
  static override summary = "Make a profile the current one.";
  static override usage = "profile use <name>";
  static override args = { name: argument({ required: true, ignoreStdin: true, description: "its name" }) };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(UseProfile);
    const ui = this.openUi(flags);
    const { profilesFile } = readSettings(process.env, process.cwd());
    const profiles = await readProfiles(profilesFile);
    const { url } = profileNamed(profiles, args.name);
    await writeProfiles(profilesFile, { ...profiles, current: args.name });
    if (ui.json) return ui.document({ profile: args.name, server: url });
    await ui.line(ui.quiet ? args.name : `fmg talks to ${url} now (profile ${args.name})`);
  }
}
