import { FmgError, Secret } from "@fmg/core";
import { allowedOrbPattern } from "./allowed-orbs.ts";

/** Where the orbs of configs come from. Without any of it a config has its orbs inline, or is refused. */
export interface OrbSettings {
  /** Files as `circleci__node@7.2.1.yml`; it is asked before the registry. */
  readonly folder: string | undefined;
  /** Speaks CircleCI's GraphQL. */
  readonly registry: { readonly url: string; readonly token: Secret | undefined } | undefined;
  /** What addresses of orbs must begin with; none: no address is fetched. (R-ORB-8) */
  readonly addresses: readonly string[];
  /** Undefined: all of them. (R-ORB-10) */
  readonly allowed: readonly string[] | undefined;
}

/** The settings as their texts. */
export interface OrbSettingTexts {
  readonly folder: string | undefined;
  readonly registryUrl: string | undefined;
  readonly tokenFile: string | undefined;
  readonly addresses: string | undefined;
  readonly allowed: string | undefined;
}

/** Checks the settings of orbs; `readSecret` reads the token's file. Throws FmgError `settings_invalid` that names the variable. */
export function readOrbSettings(
  texts: OrbSettingTexts,
  readSecret: (file: string, setting: string) => string,
): OrbSettings {
  const { folder, registryUrl, tokenFile } = texts;
  if (registryUrl === undefined && tokenFile !== undefined) {
    throw wrong(
      "FMG_ORB_REGISTRY_TOKEN_FILE is set, and FMG_ORB_REGISTRY_URL is not: name the registry, too",
    );
  }
  return {
    folder,
    registry:
      registryUrl === undefined ? undefined : { url: registryUrl, token: tokenOf(tokenFile, readSecret) },
    addresses: namesOf(texts.addresses).map(checkedAddress),
    allowed: texts.allowed === undefined ? undefined : namesOf(texts.allowed).map(checkedName),
  };
}

function tokenOf(
  file: string | undefined,
  readSecret: (file: string, setting: string) => string,
): Secret | undefined {
  return file === undefined ? undefined : new Secret(readSecret(file, "FMG_ORB_REGISTRY_TOKEN_FILE").trim());
}

function namesOf(list: string | undefined): string[] {
  return (list ?? "").split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()]));
}

/** With a path: `https://example.com` would begin `https://example.com.evil.org` as well. */
function checkedAddress(prefix: string): string {
  const address = URL.parse(prefix);
  if (address?.protocol === "https:" && address.href === prefix && prefix.endsWith("/")) return prefix;
  throw wrong(`FMG_ORB_ADDRESSES has "${prefix}", but takes addresses as https://orbs.example.com/ci/`);
}

function checkedName(name: string): string {
  if (allowedOrbPattern.test(name)) return name;
  throw wrong(`FMG_ALLOWED_ORBS has "${name}", but takes names as circleci/node or circleci/*`);
}

function wrong(message: string): FmgError {
  return new FmgError("settings_invalid", message);
}
