import { CliError } from "../errors.ts";
import { FmgCommand } from "../fmg-command.ts";
import { profileNamed, readProfiles, writeProfiles } from "../profiles/profiles-file.ts";
import { readSettings } from "../settings.ts";

/** `fmg logout` */
export class Logout extends FmgCommand {
  static override summary = "Forget the token of a profile. On the server it stays valid.";
  static override usage = "logout [--profile <name>]";

  override async run(): Promise<void> {
    const { flags } = await this.parse(Logout);
    const ui = this.openUi(flags);
    const settings = readSettings(process.env, process.cwd());
    const profiles = await readProfiles(settings.profilesFile);
    const name = flags.profile ?? settings.profile ?? profiles.current;
    if (name === undefined) {
      throw new CliError("not-signed-in", "there is no profile to sign out of", [
        "FMG_TOKEN and --token-file are not kept by fmg; all that it keeps:  fmg profile list",
      ]);
    }
    const { url } = profileNamed(profiles, name);
    const byName = new Map([...profiles.byName, [name, { url, token: undefined }]]);
    await writeProfiles(settings.profilesFile, { ...profiles, byName });
    if (ui.json) return ui.document({ profile: name, server: url });
    await ui.line(ui.quiet ? name : `Signed out of ${url} (profile ${name})`);
  }
}
