import { randomBytes } from "node:crypto";
import { FmgError } from "@fmg/core";
import { recordAudit } from "../audit.ts";
import type { ChangedBy } from "../contexts.ts";
import type { Db } from "../open-db.ts";
import { statement } from "../statements.ts";
import { inTransaction } from "../transaction.ts";
import { hasKeyFile, readKeyFile, writeKeyFile } from "./key-file.ts";
import { KEY_BYTES, readKeyRing, type KeySource } from "./key-ring.ts";

/*
 * A rotation has no state of its own: it is what the key file and the rows say. A file with two keys is a rotation under way,
 * rows under the older key are what is left of it, and it ends by removing that key. So whoever dies in it, at whatever
 * moment, is followed by one that goes on. All steps are transactions, which also keeps the file's changes apart.
 */

/** How the encryption stands. */
export interface KeyState {
  /** The id of the key that seals. */
  readonly newest: string;
  /** Older keys that are still there. */
  readonly older: readonly string[];
  /** Sealed values that are not under the newest key. */
  readonly remaining: number;
  /** Keys that values need and that are nowhere. */
  readonly missing: readonly string[];
}

/** Makes the first key, where values have none yet; else checks that the keys are readable by their owner alone. Returns the state. */
export function ensureKey(db: Db, source: KeySource): KeyState {
  return inTransaction(db, () => {
    if (source.kind === "file" && !hasKeyFile(source.file)) {
      assertNothingSealed(db, source.file);
      writeKeyFile(source.file, [newKey()]);
    }
    return keyState(db, source);
  });
}

const inUse = statement(
  `select key_id as keyId, count(*) as sealed from
     (select key_id from variables union all select key_id from attempt_variables
      union all select key_id from continuations where key_id is not null) group by key_id`,
);

/** Which keys there are, and what is left to be sealed anew. */
export function keyState(db: Db, source: KeySource): KeyState {
  const { newest, keys } = readKeyRing(source);
  const uses = inUse(db).all() as { keyId: string; sealed: number }[];
  const others = uses.filter(({ keyId }) => keyId !== newest.id);
  return {
    newest: newest.id,
    older: [...keys.keys()].filter((id) => id !== newest.id),
    remaining: others.reduce((sum, { sealed }) => sum + sealed, 0),
    missing: others.map(({ keyId }) => keyId).filter((id) => !keys.has(id)),
  };
}

/**
 * Begins a rotation by putting a new key before the present one; does nothing while one is under way. The operator's own setting
 * cannot be changed from here: `of-setting`.
 */
export function beginRotation(db: Db, source: KeySource, by: ChangedBy): KeyState | "of-setting" {
  if (source.kind === "setting") return "of-setting";
  return inTransaction(db, () => {
    const before = keyState(db, source);
    if (before.older.length > 0) return before;
    writeKeyFile(source.file, [newKey(), ...keysIn(source.file)]);
    const state = keyState(db, source);
    const detail = `${before.newest} to ${state.newest}`;
    recordAudit(db, { ...by, action: "key.rotate", target: "encryption key", detail });
    return state;
  });
}

/** Removes the older keys once nothing is sealed under them. True when it did. */
export function retireOlderKeys(db: Db, source: KeySource): boolean {
  if (source.kind === "setting") return false;
  return inTransaction(db, () => {
    const { older, remaining } = keyState(db, source);
    if (older.length === 0 || remaining > 0) return false;
    writeKeyFile(source.file, keysIn(source.file).slice(0, 1));
    return true;
  });
}

function keysIn(file: string): string[] {
  return readKeyFile(file)
    .split(/[\s,]+/)
    .filter((key) => key !== "");
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}

function assertNothingSealed(db: Db, file: string): void {
  const [first] = inUse(db).all() as { keyId: string }[];
  if (first === undefined) return;
  throw new FmgError(
    "settings_invalid",
    `the encryption key ${file} is gone, and secrets are sealed with it: restore it from your backup. ` +
      `Is it lost for good, make a new one (openssl rand -base64 ${KEY_BYTES} > ${file}; chmod 600 ${file}) and set every secret anew`,
  );
}
