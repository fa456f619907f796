import { string as argument } from "@oclif/core/args";

import { CliError } from "../../errors.ts";
import { FmgCommand } from "../../fmg-command.ts";
import { checkedProfileName } from "../../profiles/profile-name.ts";
import { readProfiles, writeProfiles } from "../../profiles/profiles-file.ts";
import { readSettings } from "../../settings.ts";
import { checkedUrl } from "../../sign-in.ts";

/** `fmg profile add <name> <url>` */
export class AddProfile extends FmgCommand {
  static override summary = "Add a server without a token; fmg login adds that.";
  static override usage = "profile add <name> <url>";
  static override args = {
    name: argument({ required: true, ignoreStdin: true, description: "what it is called" }),
    url: argument({ required: true, ignoreStdin: true, description: "as https://fmg.example.com" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(AddProfile);
    const ui = this.openUi(flags);
    const name = checkedProfileName(args.name);
    const url = checkedUrl(args.url);
    const { profilesFile } = readSettings(process.env, process.cwd());
    const profiles = await readProfiles(profilesFile);
    if (profiles.byName.has(name)) {
      throw new CliError("conflict", `there is a profile "${name}" already`, [
        `Remove it first:  fmg profile remove ${name}`,
      ]);
    }
    const byName = new Map([...profiles.byName, [name, { url, token: undefined }]]);
    await writeProfiles(profilesFile, { current: profiles.current ?? name, byName });
    if (ui.json) return ui.document({ profile: name, server: url });
    await ui.line(ui.quiet ? name : `Added profile ${name}: ${url}`);
    ui.note(`Its token:  fmg login --profile ${name}`);
  }
}
