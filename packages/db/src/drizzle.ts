import { createRequire } from "node:module";
import type * as Orm from "drizzle-orm";
import type * as Driver from "drizzle-orm/better-sqlite3";
import type * as DriverMigrator from "drizzle-orm/better-sqlite3/migrator";
import type * as Migrator from "drizzle-orm/migrator";
import type * as SqliteCore from "drizzle-orm/sqlite-core";

/*
 * drizzle-orm by its CommonJS build: as ES modules it costs 1.5 s of processor time at each start of a process, for Node
 * reads the package's long package.json again for each of its files; so it costs 0.15 s.
 */
const require = createRequire(import.meta.url);

const orm = require("drizzle-orm") as typeof Orm;
const core = require("drizzle-orm/sqlite-core") as typeof SqliteCore;

export const { and, asc, desc, eq, getTableColumns, lt, sql } = orm;
export const { drizzle } = require("drizzle-orm/better-sqlite3") as typeof Driver;
export const { migrate } = require("drizzle-orm/better-sqlite3/migrator") as typeof DriverMigrator;
export const { readMigrationFiles } = require("drizzle-orm/migrator") as typeof Migrator;
export const { blob, check, index, integer, primaryKey, real, sqliteTable, text, unique, uniqueIndex } = core;
