import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { connectionOf, openDb, pingDb, waitForDb } from "./open-db.ts";
import { listRunners } from "./runners.ts";
import * as schema from "./schema.ts";

// A machine that does much else at the same time is slow, not wrong.
jest.setTimeout(60_000);

const migrations = fileURLToPath(new URL("../drizzle", import.meta.url));
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fmg-db-"));
  file = join(folder, "data", "fmg.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a database is made from nothing, and opening it again changes nothing", () => {
  openDb(file, { migrate: true }).close();
  const db = openDb(file, { migrate: true });
  pingDb(db);
  expect(listRunners(db)).toMatchObject([{ id: 1, host: "localhost", lastSeenAt: null }]);
  db.close();
});

test("every connection is durable, waits for others, and holds foreign keys", () => {
  const db = openDb(file, { migrate: true });
  const { sqlite } = connectionOf(db);
  const read = (name: string) => sqlite.pragma(name, { simple: true });
  expect(["journal_mode", "synchronous", "busy_timeout", "foreign_keys", "trusted_schema"].map(read)).toEqual(
    ["wal", 2, 5000, 1, 0],
  );
  expect(() => sqlite.exec("insert into delivery_bodies (id, body) values (99, x'00')")).toThrow(
    "FOREIGN KEY",
  );
  db.close();
});

test("SQLite is new enough to bear several connections in WAL mode", () => {
  const db = openDb(file, { migrate: true });
  const { version } = connectionOf(db).sqlite.prepare("select sqlite_version() as version").get() as {
    version: string;
  };
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(3_051_003);
  db.close();
});

test("only the API makes the database: another opens it when it is there and says what to do when it is not", () => {
  expect(() => openDb(file, { migrate: false })).toThrow(
    expect.objectContaining({ code: "database_unavailable" }),
  );
  const api = openDb(file, { migrate: true });
  openDb(file, { migrate: false }).close();
  api.close();
});

test("waiting for the database ends when the API has made it", async () => {
  const waiting = waitForDb(file, AbortSignal.timeout(10_000));
  const api = openDb(file, { migrate: true });
  const db = await waiting;
  expect(listRunners(db)).toHaveLength(1);
  db.close();
  api.close();
});

test("waiting for the database ends with the signal", async () => {
  const stop = new AbortController();
  const waiting = waitForDb(file, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
});

test("a database of a newer FMG is refused by everybody", async () => {
  const db = openDb(file, { migrate: true });
  connectionOf(db).sqlite.exec(
    "insert into __drizzle_migrations (hash, created_at) values ('next', 9000000000000)",
  );
  db.close();
  expect(() => openDb(file, { migrate: true })).toThrow("newer than this FMG's");
  await expect(waitForDb(file, AbortSignal.timeout(10_000))).rejects.toThrow("newer than this FMG's");
});

test("a file that is no database is an error that names it", async () => {
  const garbage = join(folder, "garbage.db");
  writeFileSync(garbage, "this is not a database, but it is long enough to have a header".repeat(20));
  expect(() => openDb(garbage, { migrate: true })).toThrow(garbage);
  await expect(waitForDb(garbage, AbortSignal.timeout(10_000))).rejects.toMatchObject({
    code: "database_unavailable",
  });
});

test("the migrations make exactly the tables that the schema says", async () => {
  const kit = createRequire(import.meta.url)("drizzle-kit/api") as {
    generateSQLiteDrizzleJson(imports: object, previousId: undefined, casing: string): Promise<object>;
    generateSQLiteMigration(from: unknown, to: object): Promise<string[]>;
  };
  const newest = readdirSync(join(migrations, "meta"))
    .filter((name) => name.endsWith("_snapshot.json"))
    .sort()
    .at(-1);
  const snapshot: unknown = JSON.parse(readFileSync(join(migrations, "meta", newest ?? ""), "utf8"));
  const now = await kit.generateSQLiteDrizzleJson(schema, undefined, "snake_case");
  expect(await kit.generateSQLiteMigration(snapshot, now)).toEqual([]);
});
