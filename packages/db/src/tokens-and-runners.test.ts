import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { addRunner, heartbeat, isActiveRunner, listRunners } from "./runners.ts";
import { temporaryDb, type TemporaryDb } from "./testing/builders.ts";
import { createToken, ensureAdminToken, findToken, listTokens, revokeToken } from "./tokens.ts";

let temporary: TemporaryDb;
beforeEach(() => {
  temporary = temporaryDb();
});
afterEach(() => temporary.remove());

test("a token is found by its hash until it is revoked", () => {
  const { db } = temporary;
  const token = createToken(db, { name: "dashboard", scopes: ["read"], hash: "aa", now: 1 });
  expect(findToken(db, "aa")).toEqual(token);
  expect(findToken(db, "bb")).toBeUndefined();
  expect(revokeToken(db, token.id, 2)).toBe(true);
  expect(revokeToken(db, token.id, 3)).toBe(false);
  expect(findToken(db, "aa")).toBeUndefined();
  expect(() => createToken(db, { name: "again", scopes: ["read"], hash: "aa", now: 4 })).toThrow("UNIQUE");
});

test("the server has one admin token: a new one replaces the one before, and other tokens stay", () => {
  const { db } = temporary;
  createToken(db, { name: "mine", scopes: ["trigger"], hash: "cc", now: 1 });
  const first = ensureAdminToken(db, { hash: "aa", now: 1 });
  expect(ensureAdminToken(db, { hash: "aa", now: 2 })).toEqual(first);
  ensureAdminToken(db, { hash: "bb", now: 3 });
  expect(["aa", "bb", "cc"].map((hash) => findToken(db, hash)?.scopes)).toEqual([
    undefined,
    ["admin"],
    ["trigger"],
  ]);
});

test("an admin token that a person revoked stays revoked", () => {
  const { db } = temporary;
  const { id } = ensureAdminToken(db, { hash: "aa", now: 1 });
  revokeToken(db, id, 2);
  expect(ensureAdminToken(db, { hash: "aa", now: 3 })).toMatchObject({ id, revokedAt: 2 });
  expect(findToken(db, "aa")).toBeUndefined();
  expect(listTokens(db)).toHaveLength(1);
});

test("localhost is runner 1 and active while its heartbeat is younger than 30 s; a host is added once", () => {
  const { db } = temporary;
  heartbeat(db, 10_000);
  addRunner(db, { host: "10.0.0.5", now: 5 });
  addRunner(db, { host: "10.0.0.5", now: 6 });
  const rows = listRunners(db);
  expect(rows.map((row) => [row.id, row.host, row.lastSeenAt])).toEqual([
    [1, "localhost", 10_000],
    [2, "10.0.0.5", null],
  ]);
  const active = (now: number) => rows.map((row) => isActiveRunner(row, now));
  expect(active(39_999)).toEqual([true, false]);
  expect(active(40_000)).toEqual([false, false]);
});
