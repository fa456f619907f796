import { Secret } from "@fmg/core";

import { keyFingerprints, type Fingerprints } from "./key-fingerprints.ts";

/** Secrets of these names are keys for `add_ssh_keys`, and no step's variables. */
const prefix = "FMG_SSH_KEY_";

export function isSshKey(name: string): boolean {
  return name.startsWith(prefix);
}

/** A private key that `add_ssh_keys` may install. */
export interface SshKey extends Fingerprints {
  /** The host that it is for; undefined: any. */
  readonly host: string | undefined;
  readonly text: Secret;
}

/** The keys among a job's secrets, and a sentence for each that is of no use. */
export interface SshKeys {
  readonly keys: readonly SshKey[];
  readonly faults: readonly string[];
}

/** A value is a private key, after a line `Host: NAME` where it is for one host only. */
export function readSshKeys(secrets: readonly { readonly name: string; readonly value: Secret }[]): SshKeys {
  const keys = new Map<string, SshKey>();
  const faults: string[] = [];
  for (const { name, value } of secrets.filter((secret) => isSshKey(secret.name))) {
    const [, host, text = ""] = /^\s*(?:Host:\s*(\S+)\s*\n)?\s*([^]*)$/i.exec(value.reveal()) ?? [];
    const found = text.startsWith("-----BEGIN ") ? keyFingerprints(text) : "not-a-key";
    if (host !== undefined && !/^[\w.*?-]+$/.test(host)) faults.push(`${name} names no host that ssh takes.`);
    else if (found === "locked")
      faults.push(`${name} is locked by a passphrase, which nobody could type here.`);
    else if (found === "not-a-key") faults.push(`${name} is no private key in OpenSSH's form or in PEM.`);
    // OpenSSH refuses a file that does not end with a newline.
    else keys.set(found.sha256, { ...found, host, text: new Secret(`${text.trimEnd()}\n`) });
  }
  return { keys: [...keys.values()], faults };
}

/** The key with that fingerprint: MD5 with or without its name and in any case, or SHA256. */
export function findSshKey(keys: readonly SshKey[], fingerprint: string): SshKey | undefined {
  const md5 = fingerprint.replace(/^MD5:/i, "").toLowerCase();
  const sha256 = fingerprint.replace(/=+$/, "");
  return keys.find((key) => key.md5 === md5 || key.sha256 === sha256);
}
