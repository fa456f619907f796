/** What `.gitmodules` says of one submodule. */
export interface SubmodulePlan {
  readonly name: string;
  readonly path: string;
  readonly url: string;
}

/**
 * Reads a `.gitmodules` file, written in git's own form; paths are bytes written as latin1. What is incomplete is left out:
 * such a submodule stays an empty folder, as one that the file does not name.
 */
export function parseGitmodules(text: string): ReadonlyMap<string, SubmodulePlan> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*(\w+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (header !== null) {
      const name = header[2]?.replace(/\\(.)/g, "$1");
      const isSubmodule = header[1]?.toLowerCase() === "submodule" && name !== undefined;
      section = isSubmodule ? (sections.get(name) ?? new Map<string, string>()) : undefined;
      if (isSubmodule) sections.set(name, section!);
      continue;
    }
    const [, key, value] = /^\s*([A-Za-z][\w-]*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined) section?.set(key.toLowerCase(), configValue(value!));
  }
  const plans = [...sections].flatMap(([name, keys]): [string, SubmodulePlan][] => {
    const [path, url] = [keys.get("path"), keys.get("url")];
    return path === undefined || url === undefined ? [] : [[path.replace(/\/+$/, ""), { name, path, url }]];
  });
  return new Map(plans);
}

/** A value without its quotes, its comment and the blanks around it. */
function configValue(raw: string): string {
  let value = "";
  let kept = 0;
  let isQuoted = false;
  for (let at = 0; at < raw.length; at += 1) {
    const sign = raw[at]!;
    if (sign === '"') {
      isQuoted = !isQuoted;
      kept = value.length;
      continue;
    }
    if (!isQuoted && (sign === "#" || sign === ";")) break;
    if (sign === "\\") at += 1;
    value += sign === "\\" ? (raw[at] ?? "") : sign;
    if (isQuoted || !/\s/.test(sign)) kept = value.length;
  }
  return value.slice(0, kept);
}

/**
 * Where a submodule is fetched from: its URL as HTTPS on the server of the repository that names it, or undefined for any other
 * server, which must learn neither of our requests nor of the token. `../lib.git` counts from the repository, and the SSH forms
 * of the same host, which authors use at their desks, become the form that FMG speaks.
 */
export function submoduleUrl(url: string, repositoryUrl: string): string | undefined {
  const base = URL.parse(repositoryUrl);
  if (base === null) return undefined;
  const address = isRelative(url) ? besides(base, url) : asHttp(url, base);
  if (address === null || address.protocol !== base.protocol || address.host !== base.host) return undefined;
  const target = new URL(base.origin);
  target.pathname = address.pathname.replace(/\/+$/, "");
  return target.pathname === "/" ? undefined : target.href;
}

function isRelative(url: string): boolean {
  return /^\.\.?\//.test(url);
}

/** `./` is below the repository's own path, and each `../` takes a part of it, as git counts. */
function besides(base: URL, url: string): URL | null {
  return URL.parse(url, `${base.origin}${base.pathname.replace(/\/+$/, "")}/`);
}

function asHttp(url: string, base: URL): URL | null {
  const ssh = /^ssh:\/\/(?:[^/@]+@)?([^/:@]+)(?::\d+)?\/+(.+)$/.exec(url);
  const [, host, path] =
    ssh ?? (url.includes("://") ? [] : (/^(?:[^/@:]+@)?([^/:@]+):\/*(.+)$/.exec(url) ?? []));
  if (host === undefined) return URL.parse(url);
  return host === base.hostname ? URL.parse(`${base.origin}/${path}`) : null;
}
