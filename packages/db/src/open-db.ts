import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { FmgError } from "@fmg/core";
import Database from "better-sqlite3";
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { drizzle, migrate, readMigrationFiles } from "./drizzle.ts";

/** An open database; every function of this package takes it first. Close it when nothing uses it any more. */
export interface Db {
  readonly file: string;
  close(): void;
}

/** What this package's own files see of an open database. */
export interface Connection {
  readonly sqlite: Database.Database;
  readonly orm: BetterSQLite3Database;
}

const MIGRATIONS = fileURLToPath(new URL("../drizzle", import.meta.url));
/** How long a writer waits for another one: their transactions end within 50 ms, so 5 s means that something is wrong. */
const BUSY_TIMEOUT_MS = 5000;
const VERSION_POLL_MS = 100;
/** The WAL file is cut to this after a checkpoint. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

const connections = new WeakMap<Db, Connection>();

/**
 * Opens the database. Only the API passes `migrate: true`, which makes the file and brings it up to date; without it the
 * version must already be right (`waitForDb` waits for that). Throws FmgError `database_unavailable`.
 */
export function openDb(file: string, options: { migrate: boolean }): Db {
  let sqlite: Database.Database | undefined;
  try {
    if (options.migrate) mkdirSync(dirname(file), { recursive: true });
    else if (!existsSync(file)) throw unusable(file, "it does not exist", hints.older);
    sqlite = connect(file);
    if (options.migrate) bringUpToDate(sqlite);
    const version = versionOf(sqlite);
    if (version !== "current")
      throw unusable(file, `its version is ${version} than this FMG's`, hints[version]);
    return register(file, sqlite);
  } catch (error) {
    sqlite?.close();
    throw wrap(file, error);
  }
}

/** Opens the database as soon as the API has made it or brought it up to date. */
export async function waitForDb(file: string, signal: AbortSignal): Promise<Db> {
  for (;;) {
    const db = openIfCurrent(file);
    if (db !== undefined) return db;
    await wait(VERSION_POLL_MS, undefined, { signal });
  }
}

/** Answers when the database can be read; throws FmgError `database_unavailable` otherwise. For health checks. */
export function pingDb(db: Db): void {
  try {
    connectionOf(db).sqlite.prepare("select 1 from projects limit 1").get();
  } catch (error) {
    throw wrap(db.file, error);
  }
}

/** The connection behind a Db, for the files of this package. */
export function connectionOf(db: Db): Connection {
  const connection = connections.get(db);
  if (connection === undefined) throw new Error(`the database ${db.file} was not opened by openDb`);
  return connection;
}

function openIfCurrent(file: string): Db | undefined {
  if (!existsSync(file)) return undefined;
  let sqlite: Database.Database | undefined;
  try {
    sqlite = connect(file);
    const version = versionOf(sqlite);
    if (version === "current") return register(file, sqlite);
    if (version === "newer") throw unusable(file, "its version is newer than this FMG's", hints.newer);
  } catch (error) {
    sqlite?.close();
    // The API makes or migrates it at this moment.
    if ((error as { code?: unknown }).code?.toString().startsWith("SQLITE_BUSY") === true) return undefined;
    throw wrap(file, error);
  }
  sqlite.close();
  return undefined;
}

function connect(file: string): Database.Database {
  const sqlite = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    sqlite.pragma("journal_mode = WAL");
    sqlite.pragma("synchronous = FULL");
    sqlite.pragma("foreign_keys = ON");
    sqlite.pragma("trusted_schema = OFF");
    sqlite.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** Applies the missing migrations in one transaction; a table may be rebuilt in it, so foreign keys are checked after. */
function bringUpToDate(sqlite: Database.Database): void {
  sqlite.pragma("foreign_keys = OFF");
  migrate(drizzle(sqlite), { migrationsFolder: MIGRATIONS });
  sqlite.pragma("foreign_keys = ON");
  const broken = sqlite.pragma("foreign_key_check");
  if (Array.isArray(broken) && broken.length > 0) {
    throw new Error(
      `the migration left ${broken.length} rows that point at nothing: ${JSON.stringify(broken[0])}`,
    );
  }
}

/** The file's version, beside the newest migration that this FMG knows. */
function versionOf(sqlite: Database.Database): "older" | "current" | "newer" {
  const table = sqlite.prepare("select 1 from sqlite_master where name = '__drizzle_migrations'").get();
  if (table === undefined) return "older";
  const applied = sqlite.prepare("select max(created_at) as at from __drizzle_migrations").get() as {
    at: number | null;
  };
  const newest = Math.max(...readMigrationFiles({ migrationsFolder: MIGRATIONS }).map((m) => m.folderMillis));
  if ((applied.at ?? 0) === newest) return "current";
  return (applied.at ?? 0) < newest ? "older" : "newer";
}

const hints = {
  older: "Start the API of this version first: it brings the database up to date.",
  newer: "Start the version of FMG that made it, or restore a backup of before the upgrade.",
  current: "",
} as const;

function register(file: string, sqlite: Database.Database): Db {
  const db: Db = Object.freeze({ file, close: () => void sqlite.close() });
  connections.set(db, { sqlite, orm: drizzle(sqlite, { casing: "snake_case" }) });
  return db;
}

function unusable(file: string, what: string, hint: string): FmgError {
  return new FmgError("database_unavailable", `the database ${file} cannot be used: ${what}. ${hint}`);
}

function wrap(file: string, error: unknown): FmgError {
  if (error instanceof FmgError) return error;
  const text = Error.isError(error) ? error.message : String(error);
  return new FmgError("database_unavailable", `the database ${file} could not be opened: ${text}`, {
    cause: error,
  });
}
