import { text } from "node:stream/consumers";
import type { Whoami } from "@fmg/client";

import { CliError } from "../errors.ts";
import { FmgCommand } from "../fmg-command.ts";
import { readProfiles, writeProfiles, type Profiles } from "../profiles/profiles-file.ts";
import { checkedProfileName } from "../profiles/profile-name.ts";
import { askHidden } from "../prompts.ts";
import { readSettings } from "../settings.ts";
import { checkedUrl, defaultServerUrl, readTokenFile } from "../sign-in.ts";
import { plain, type Ui } from "../ui.ts";

/** `fmg login` */
export class Login extends FmgCommand {
  static override summary =
    "Keep a server and its token as a profile, after asking the server about the token.";
  static override usage = "login [--profile <name>] [--server-url <url>] [--token-file <file>]";

  override async run(): Promise<void> {
    const { flags } = await this.parse(Login);
    const ui = this.openUi(flags);
    const settings = readSettings(process.env, process.cwd());
    const profiles = await readProfiles(settings.profilesFile);
    const named = flags.profile ?? settings.profile;
    const known = profiles.byName.get(named ?? profiles.current ?? "");
    const url = checkedUrl(flags["server-url"] ?? settings.serverUrl ?? known?.url ?? defaultServerUrl);
    const name = checkedProfileName(named ?? nameFor(url, profiles));
    const token = await readToken(ui, url, flags["token-file"]);
    await this.withServerAt({ url, token, tokenFrom: "what was given" }, flags, async ({ client }) => {
      const whoami = await client.whoami();
      const byName = new Map([...profiles.byName, [name, { url, token }]]);
      await writeProfiles(settings.profilesFile, { current: name, byName });
      await tell(ui, { name, url, whoami });
    });
  }
}

async function tell(
  ui: Ui,
  { name, url, whoami }: { readonly name: string; readonly url: string; readonly whoami: Whoami },
): Promise<void> {
  if (ui.json) return ui.document({ profile: name, server: url, ...whoami });
  const signedIn = `Signed in to ${url} as "${plain(whoami.name)}", may: ${whoami.scopes.join(", ")}`;
  await ui.line(ui.quiet ? name : `${signedIn} (profile ${name})`);
}

/** The profile of that server, else `default`, else one by the server's host: no other server's profile is replaced. */
function nameFor(url: string, { byName }: Profiles): string {
  const same = [...byName].find(([, profile]) => profile.url === url);
  if (same !== undefined) return same[0];
  return byName.has("default") ? new URL(url).host.replaceAll(/[^\w.-]/g, "-") : "default";
}

/** From a file, from a pipe, or by a hidden question; never from the command line, which others can read. */
async function readToken(ui: Ui, url: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return readTokenFile(file);
  const hint = "From a file:  fmg login --token-file file        From a pipe:  fmg login < file";
  if (process.stdin.isTTY && !ui.canPrompt) throw new CliError("usage", "the token is missing", [hint]);
  const given = process.stdin.isTTY ? await askHidden(ui, `Token for ${url}`) : await text(process.stdin);
  if (given.trim() !== "") return given.trim();
  throw new CliError("usage", "the token is empty", [hint]);
}
