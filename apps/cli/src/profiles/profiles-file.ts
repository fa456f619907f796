import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { CliError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/** A server that a person works with, and the token for it alone. */
export interface Profile {
  readonly url: string;
  readonly token: string | undefined;
}

/** All profiles by name, and which of them counts where none is named. */
export interface Profiles {
  readonly current: string | undefined;
  readonly byName: ReadonlyMap<string, Profile>;
}

const none: Profiles = { current: undefined, byName: new Map() };

/** Reads the file; one that is not there has no profiles. Throws CliError `usage` for what is no such file. */
export async function readProfiles(file: string): Promise<Profiles> {
  const text = await readFile(file, "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT" || thrown.code === "ENOTDIR") return undefined;
    throw new CliError(
      "usage",
      `cannot read the profiles in ${file} (${thrown.code})`,
      ["Another folder:  set XDG_CONFIG_HOME"],
      {
        cause: thrown,
      },
    );
  });
  if (text === undefined) return none;
  try {
    return parse(JSON.parse(text));
  } catch (thrown) {
    throw new CliError(
      "usage",
      `${file} holds no profiles: ${(thrown as Error).message}`,
      ["Mend it, or remove it and sign in again:  fmg login"],
      { cause: thrown },
    );
  }
}

/** Replaces the file as a whole; nobody but its owner may read it, for tokens are in it. */
export async function writeProfiles(file: string, { current, byName }: Profiles): Promise<void> {
  const profiles = Object.fromEntries(byName);
  const text = `${JSON.stringify({ ...(current === undefined ? {} : { current }), profiles }, undefined, 2)}\n`;
  const part = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(part, text, { mode: 0o600, flag: "wx" });
    await rename(part, file);
  } catch (thrown) {
    await rm(part, { force: true }).catch(() => undefined);
    const { code } = thrown as NodeJS.ErrnoException;
    throw new CliError(
      "failed",
      `cannot write the profiles to ${file} (${code})`,
      ["Another folder:  set XDG_CONFIG_HOME"],
      { cause: thrown },
    );
  }
}

/** A profile by its name; throws CliError `not-found` with those there are. */
export function profileNamed({ byName }: Profiles, name: string): Profile {
  const profile = byName.get(name);
  if (profile !== undefined) return profile;
  const known = [...byName.keys()];
  const guess = nearest(name, known);
  throw new CliError("not-found", `there is no profile "${name}"`, [
    ...(guess === undefined ? [] : [`Did you mean:  --profile ${guess}`]),
    known.length === 0 ? "One is made by:  fmg login --profile work" : `There are:  ${known.join(", ")}`,
  ]);
}

function parse(value: unknown): Profiles {
  const { current, profiles } = asRecord(value, "it");
  const entries = Object.entries(asRecord(profiles ?? {}, "profiles")).map(([name, each]) => {
    const { url, token } = asRecord(each, `profiles.${name}`);
    if (typeof url !== "string") throw new Error(`profiles.${name}.url is no text`);
    return [name, { url, token: typeof token === "string" ? token : undefined }] as const;
  });
  return { current: typeof current === "string" ? current : undefined, byName: new Map(entries) };
}

function asRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new Error(`${what} is no object`);
}
