import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CliError } from "./errors.ts";
import type { Settings } from "./settings.ts";

/** A server to talk to, and the token for it with the place where it was found. */
export interface Server {
  readonly url: string;
  readonly token: string | undefined;
  /** For messages: `FMG_TOKEN`, or a file's path. */
  readonly tokenFrom: string | undefined;
}

const defaultUrl = "http://localhost:5000";

/**
 * Order of the token: `--token-file`, FMG_TOKEN, and for a server on this machine the admin token in its data
 * directory. No token is not an error here: the server says what it needs.
 */
export async function findServer(
  flags: { readonly serverUrl: string | undefined; readonly tokenFile: string | undefined },
  settings: Settings,
): Promise<Server> {
  const url = checkedUrl(flags.serverUrl ?? settings.serverUrl ?? defaultUrl);
  if (flags.tokenFile !== undefined) {
    return { url, token: await readTokenFile(flags.tokenFile), tokenFrom: flags.tokenFile };
  }
  if (settings.token !== undefined) return { url, token: settings.token, tokenFrom: "FMG_TOKEN" };
  if (!isLoopback(url)) return { url, token: undefined, tokenFrom: undefined };
  const file = join(settings.dataDir, "admin-token");
  return { url, ...(await readAdminToken(file)) };
}

/** Whether a URL names this machine. */
export function isLoopback(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host)
  );
}

function checkedUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new CliError("usage", `"${url}" is not the URL of a server`, [
      "It begins with http:// or https://, as in:  fmg --server-url http://host:5000 list",
    ]);
  }
  return url.replace(/\/+$/, "");
}

async function readTokenFile(file: string): Promise<string> {
  const token = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new CliError("usage", `cannot read the token file ${file} (${cause.code})`, [], { cause });
  });
  if (token.trim() === "") throw new CliError("usage", `the token file ${file} is empty`);
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
