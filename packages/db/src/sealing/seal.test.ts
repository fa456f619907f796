import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import { hashOf, listAudit } from "../audit.ts";
import { createContext, deleteContext, type ContextRow } from "../contexts.ts";
import { connectionOf } from "../open-db.ts";
import { temporaryDb, type TemporaryDb } from "../testing/builders.ts";
import { openVariables } from "../unsealing/open-variables.ts";
import { sealAnew } from "../unsealing/seal-anew.ts";
import { deleteVariable, listVariables, setVariable, type VariableOwner } from "../variables.ts";
import { readKeyRing, type KeySource } from "./key-ring.ts";
import { beginRotation, ensureKey, keyState, retireOlderKeys } from "./rotation.ts";

// Processes are started and killed, and a busy machine starts them slowly.
jest.setTimeout(120_000);

const sealAnewScript = fileURLToPath(new URL("../../test/seal-anew.ts", import.meta.url));
const setVariablesScript = fileURLToPath(new URL("../../test/set-variables.ts", import.meta.url));

const by = { tokenId: null, tokenName: "ada", ip: "10.0.0.1", at: 5_000 };
let kit: TemporaryDb;
let file: string;
let keys: KeySource;
let owner: VariableOwner;

beforeEach(() => {
  kit = temporaryDb();
  file = join(dirname(kit.file), "encryption-key");
  keys = { kind: "file", file };
  ensureKey(kit.db, keys);
  owner = { kind: "context", row: createContext(kit.db, "deploy", by) as ContextRow };
});
afterEach(() => kit.remove());

const set = (name: string, value: string, to = owner) =>
  setVariable(kit.db, keys, to, { name, value: new Secret(value) }, by);
const opened = (from = owner) =>
  Object.fromEntries(
    openVariables(kit.db, () => readKeyRing(keys), from).map(({ name, value }) => [name, value.reveal()]),
  );
const sql = (text: string) => connectionOf(kit.db).sqlite.prepare(text);

describe("a stored secret (SEC-5)", () => {
  test("opens to the value that was set, and the file of the database has no trace of it", () => {
    const values = {
      PEM: "-----BEGIN KEY-----\nzażółć\n",
      SHORT: "x",
      TOKEN: "canary-".padEnd(5000, "0123456789"),
    };
    for (const [name, value] of Object.entries(values)) set(name, value);
    expect(opened()).toEqual(values);
    expect(listVariables(kit.db, owner)).toEqual([
      { name: "PEM", hint: null, createdAt: 5_000, updatedAt: 5_000 },
      { name: "SHORT", hint: null, createdAt: 5_000, updatedAt: 5_000 },
      { name: "TOKEN", hint: "9012", createdAt: 5_000, updatedAt: 5_000 },
    ]);
    connectionOf(kit.db).sqlite.pragma("wal_checkpoint(TRUNCATE)");
    const bytes = readFileSync(kit.file, "latin1");
    for (const trace of ["canary", "BEGIN KEY", "za\u017C"]) expect(bytes).not.toContain(trace);
  });

  test("has a nonce of its own each time, of 96 bits", () => {
    const nonces = new Set<string>();
    for (let time = 0; time < 50; time++) {
      set("A", "the same value");
      const { sealed } = sql("select sealed from variables").get() as { sealed: Buffer };
      expect(sealed).toHaveLength(12 + "the same value".length + 16);
      nonces.add(sealed.subarray(0, 12).toString("hex"));
    }
    expect(nonces.size).toBe(50);
  });

  test("does not open with one bit changed, under another name, of another owner, or with another key", () => {
    set("A", "value of A");
    set("B", "value of B");
    const refused = (changes: () => void) => {
      connectionOf(kit.db).sqlite.exec("savepoint tried");
      changes();
      expect(() => opened()).toThrow(expect.objectContaining({ code: "secret_unreadable" }));
      expect(() => opened()).not.toThrow(/value of/);
      connectionOf(kit.db).sqlite.exec("rollback to tried");
    };
    const { sealed } = sql("select sealed from variables where name = 'A'").get() as { sealed: Buffer };
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      refused(() => sql("update variables set sealed = ? where name = 'A'").run(flipped));
    }
    refused(() =>
      sql(
        `update variables set sealed = (select sealed from variables as other where other.name <> variables.name)`,
      ).run(),
    );
    refused(() => sql("update variables set name = 'C' where name = 'A'").run());
    refused(() => {
      const other = createContext(kit.db, "other", by) as ContextRow;
      sql("update variables set context_id = ?").run(other.id);
      owner = { kind: "context", row: other };
    });
  });

  test("of a context that was removed is gone, and a new context of its name does not get it", () => {
    set("A", "value");
    const kept = sql("select key_id, sealed from variables").get() as { key_id: string; sealed: Buffer };
    deleteContext(kit.db, owner.row, by);
    expect(sql("select count(*) from variables").pluck().get()).toBe(0);
    const again: VariableOwner = { kind: "context", row: createContext(kit.db, "deploy", by) as ContextRow };
    set("A", "another", again);
    sql("update variables set key_id = ?, sealed = ?").run(kept.key_id, kept.sealed);
    expect(() => opened(again)).toThrow(expect.objectContaining({ code: "secret_unreadable" }));
  });

  test("is one of 100 of its context at most", () => {
    for (let n = 0; n < 100; n++) set(`V${n}`, "value");
    expect(set("ONE_MORE", "value")).toBe("too-many");
    expect(set("V7", "another")).toMatchObject({ name: "V7" });
  });
});

describe("the encryption key (SEC-5)", () => {
  test("is made once, for its owner's eyes alone", () => {
    const made = readFileSync(file, "utf8");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    ensureKey(kit.db, keys);
    expect(readFileSync(file, "utf8")).toBe(made);
  });

  test.each(["640", "604", "620", "602"])(
    "is refused with the mode %s, and the refusal says what to do",
    (mode) => {
      chmodSync(file, mode);
      expect(() => ensureKey(kit.db, keys)).toThrow(`chmod 600 ${file}`);
    },
  );

  test("that is lost is not replaced while secrets are sealed with it", () => {
    set("A", "value");
    rmSync(file);
    expect(() => ensureKey(kit.db, keys)).toThrow("restore it from your backup");
    expect(existsSync(file)).toBe(false);
  });

  test("may come from the setting, where the first one seals and the others only open", () => {
    const [first, second] = ["ab".repeat(32), Buffer.alloc(32, 7).toString("base64")];
    const setting = (value: string): KeySource => ({ kind: "setting", value: new Secret(value) });
    keys = setting(first);
    set("A", "value");
    keys = setting(`${second},${first}`);
    expect(opened()).toEqual({ A: "value" });
    expect(keyState(kit.db, keys)).toMatchObject({ remaining: 1, older: [expect.any(String)] });
    expect(beginRotation(kit.db, keys, by)).toBe("of-setting");
    sealAnew(kit.db, keys, { limit: 10 });
    keys = setting(second);
    expect(opened()).toEqual({ A: "value" });
    keys = setting("0123");
    expect(() => readKeyRing(keys)).toThrow(/FMG_ENCRYPTION_KEY must hold keys of 32 bytes/);
    expect(() => readKeyRing(keys)).not.toThrow(/0123/);
  });

  test("is rotated however often the rotation is killed, and no value is left under the old one", async () => {
    const values: Record<string, string> = {};
    for (let n = 0; n < 95; n++) set(`V${n}`, (values[`V${n}`] = `value ${n}`));
    const { newest: old } = keyState(kit.db, keys);
    // Killed at 20 points: each run comes one step further than the one before it.
    for (let point = 1; point <= 20; point++) {
      await killedAfter(sealAnewScript, [kit.file, file], point % 5 === 0 ? 3 : 1);
      expect(opened()).toEqual(values);
    }
    await killedAfter(sealAnewScript, [kit.file, file], Infinity);
    const state = keyState(kit.db, keys);
    expect(state).toMatchObject({ older: [], remaining: 0, missing: [] });
    expect(state.newest).not.toBe(old);
    expect(sql("select count(*) from variables where key_id = ?").pluck().get(old)).toBe(0);
    expect(opened()).toEqual(values);
    // The book has the rotations that began: one, or one more where a kill came after the end.
    const rotations = listAudit(kit.db, { limit: 1000 }).filter(({ action }) => action === "key.rotate");
    expect(rotations.at(-1)).toMatchObject({ detail: expect.stringContaining(`${old} to `) });
  });

  test("that was removed by hand leaves its values unreadable, is told, and ends no rotation", () => {
    set("A", "value");
    beginRotation(kit.db, keys, by);
    writeFileSync(file, readFileSync(file, "utf8").split("\n")[0]!, { mode: 0o600 });
    expect(keyState(kit.db, keys)).toMatchObject({ remaining: 1, missing: [expect.any(String)] });
    expect(sealAnew(kit.db, keys, { limit: 10 })).toEqual({
      changed: 0,
      next: undefined,
      unreadable: [expect.stringMatching(/^A of context .* cannot be opened: its key .* is missing/)],
    });
    expect(retireOlderKeys(kit.db, keys)).toBe(false);
  });
});

describe("the audit book (SEC-24)", () => {
  test("has one line for each change, with hashes of what was sealed before and after", () => {
    set("A", "first");
    set("A", "second");
    deleteVariable(kit.db, owner, "A", by);
    const [deleted, second, first, created] = listAudit(kit.db, { limit: 10 });
    expect(created).toMatchObject({ action: "context.create", target: "context deploy", tokenName: "ada" });
    expect(first).toMatchObject({
      action: "variable.set",
      target: "context deploy",
      detail: "A",
      ip: "10.0.0.1",
    });
    expect(first).toMatchObject({ beforeHash: null, afterHash: second!.beforeHash });
    expect(second!.afterHash).not.toBe(second!.beforeHash);
    expect(deleted).toMatchObject({
      action: "variable.delete",
      beforeHash: second!.afterHash,
      afterHash: null,
    });
  });

  test.each([
    "update audit set detail = 'nothing'",
    "delete from audit",
    "delete from audit where id = 1",
    "replace into audit (id, at, action, target) values (1, 1, 'nothing', 'nobody')",
    "insert into audit (id, at, action, target) values (1, 1, 'a', 'b') on conflict (id) do update set detail = 'c'",
  ])("refuses: %s", (text) => {
    const before = listAudit(kit.db, { limit: 10 });
    expect(() => sql(text).run()).toThrow("append-only");
    expect(listAudit(kit.db, { limit: 10 })).toEqual(before);
  });

  test("and the change that it tells of are there together or not at all, whenever the process is killed", async () => {
    for (let point = 1; point <= 10; point++) {
      await killedAfter(setVariablesScript, [kit.file, file, String(point)], point * 3);
      const rows = sql("select sealed from variables").pluck().all() as Buffer[];
      const noted = new Set(listAudit(kit.db, { limit: 10_000 }).map(({ afterHash }) => afterHash));
      for (const sealed of rows) expect(noted).toContain(hashOf(sealed));
      // Each value that a line tells of was replaced by the next line of its name, or is still there.
      const sets = listAudit(kit.db, { limit: 10_000 }).filter(({ action }) => action === "variable.set");
      const replaced = new Set(sets.map(({ beforeHash }) => beforeHash));
      expect(sets.filter(({ afterHash }) => !replaced.has(afterHash))).toHaveLength(rows.length);
    }
  });
});

/** Runs a script of test/ and kills it, as a power cut would, when it has said so many lines. */
function killedAfter(script: string, args: readonly string[], lines: number): Promise<void> {
  const child = spawn(process.execPath, ["--conditions=@fmg/source", script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString().split("\n").length - 1;
    if (said >= lines) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      code === 0 || signal === "SIGKILL" ? resolve() : reject(new Error(`${script} ended with ${code}`)),
    );
  });
}
