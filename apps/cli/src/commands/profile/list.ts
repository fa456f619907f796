import { FmgCommand } from "../../fmg-command.ts";
import { formatFlag, printItems, type View } from "../../print-items.ts";
import { readProfiles } from "../../profiles/profiles-file.ts";
import { readSettings } from "../../settings.ts";
import { plain } from "../../ui.ts";

interface ProfileLine {
  readonly name: string;
  readonly url: string;
  readonly current: boolean;
  readonly signedIn: boolean;
}

const view: View<ProfileLine> = {
  id: ({ name }) => plain(name),
  row: ({ name, url, current, signedIn }) => [
    current ? "*" : "",
    plain(name),
    plain(url),
    signedIn ? "signed in" : "no token",
  ],
};

/** `fmg profile list` */
export class ListProfiles extends FmgCommand {
  static override summary = "Show the servers that fmg knows; a star marks the current one.";
  static override usage = "profile list [--format <template>]";
  static override flags = formatFlag;

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListProfiles);
    const { profilesFile } = readSettings(process.env, process.cwd());
    const { current, byName } = await readProfiles(profilesFile);
    const items = [...byName].map(([name, { url, token }]) => ({
      name,
      url,
      current: name === current,
      signedIn: token !== undefined,
    }));
    const none = "No profiles. One is made by:  fmg login --server-url https://fmg.example.com";
    await printItems(this.openUi(flags), { items, next: null }, view, none);
  }
}
