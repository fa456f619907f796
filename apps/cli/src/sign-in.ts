import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CliError } from "./errors.ts";
import { profileNamed, readProfiles, type Profile } from "./profiles/profiles-file.ts";
import type { Settings } from "./settings.ts";

/** A server to talk to, and the token for it with the place where it was found. */
export interface Server {
  readonly url: string;
  readonly token: string | undefined;
  /** For messages: `FMG_TOKEN`, `profile work`, or a file's path. */
  readonly tokenFrom: string | undefined;
}

/** Where a server listens unless it is told. */
export const defaultServerUrl = "http://localhost:5000";

/** What the command line says about the server. */
export interface ServerFlags {
  readonly serverUrl: string | undefined;
  readonly tokenFile: string | undefined;
  readonly profile: string | undefined;
}

/**
 * Flags win over variables, those over the current profile, that over what is there without any: this machine's server and
 * the admin token in its data directory. A profile's token goes to that profile's URL alone. No token is not an error here:
 * the server says what it needs.
 */
export async function findServer(flags: ServerFlags, settings: Settings): Promise<Server> {
  const profile = await profileMeant(flags.profile, settings);
  const isNamed = flags.profile !== undefined;
  const url = checkedUrl(
    flags.serverUrl ??
      (isNamed ? profile?.url : undefined) ??
      settings.serverUrl ??
      profile?.url ??
      defaultServerUrl,
  );
  if (flags.tokenFile !== undefined) {
    return { url, token: await readTokenFile(flags.tokenFile), tokenFrom: flags.tokenFile };
  }
  const ofProfile =
    profile?.token !== undefined && checkedUrl(profile.url) === url
      ? { url, token: profile.token, tokenFrom: `profile ${profile.name}` }
      : undefined;
  if (isNamed && ofProfile !== undefined) return ofProfile;
  if (settings.token !== undefined) return { url, token: settings.token, tokenFrom: "FMG_TOKEN" };
  if (ofProfile !== undefined) return ofProfile;
  if (!isLoopback(url)) return { url, token: undefined, tokenFrom: undefined };
  const file = join(settings.dataDir, "admin-token");
  return { url, ...(await readAdminToken(file)) };
}

/** The profile that a flag or a variable names, else the current one; undefined: there is none. */
async function profileMeant(
  flag: string | undefined,
  { profile, profilesFile }: Settings,
): Promise<(Profile & { readonly name: string }) | undefined> {
  const profiles = await readProfiles(profilesFile);
  const name = flag ?? profile ?? profiles.current;
  return name === undefined ? undefined : { name, ...profileNamed(profiles, name) };
}

/** Whether a URL names this machine. */
export function isLoopback(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host)
  );
}

/** The URL without a slash at its end; throws CliError `usage` for what is none. */
export function checkedUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new CliError("usage", `"${url}" is not the URL of a server`, [
      "It begins with http:// or https://, as in:  fmg --server-url http://host:5000 list",
    ]);
  }
  return url.replace(/\/+$/, "");
}

/** The token in a file. */
export async function readTokenFile(file: string): Promise<string> {
  const hints = ["Name a file that holds the token alone:  --token-file <file>"];
  const token = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new CliError("usage", `cannot read the token file ${file} (${cause.code})`, hints, { cause });
  });
  if (token.trim() === "") throw new CliError("usage", `the token file ${file} is empty`, hints);
  return token.trim();
}

/** A missing file means that the server keeps its data elsewhere; an unreadable one is worth a word. */
async function readAdminToken(file: string): Promise<Pick<Server, "token" | "tokenFrom">> {
  try {
    const token = (await readFile(file, "utf8")).trim();
    return token === "" ? { token: undefined, tokenFrom: undefined } : { token, tokenFrom: file };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { token: undefined, tokenFrom: undefined };
    return { token: undefined, tokenFrom: `${file}, which this user cannot read` };
  }
}
