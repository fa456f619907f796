import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { findToken, revokeToken } from "@fmg/db";
import { temporaryDb, type TemporaryDb } from "@fmg/db/testing";

import { adminToken, hashToken, newToken, webhookSecret } from "./own-secrets.ts";
import { readSettings } from "./settings.ts";

let folder: string;
let db: TemporaryDb;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fmg-secrets-"));
  db = temporaryDb();
});
afterEach(() => {
  db.remove();
  rmSync(folder, { recursive: true });
});

const settings = (variables: Record<string, string> = {}) =>
  readSettings({ FMG_DATA_DIR: folder, ...variables }, folder);

describe("the admin token", () => {
  test("is made at the first start, kept for its owner alone, and found at the next", () => {
    const first = adminToken(db.db, settings(), 1);
    const second = adminToken(db.db, settings(), 2);

    expect(first.place).toBe(join(folder, "admin-token"));
    expect(first.value.reveal()).toMatch(/^fmg_[\w-]{49}$/);
    expect(second.value.reveal()).toBe(first.value.reveal());
    expect(readFileSync(first.place, "utf8")).toBe(`${first.value.reveal()}\n`);
    expect(statSync(first.place).mode & 0o777).toBe(0o600);
    expect(findToken(db.db, hashToken(first.value.reveal()))).toMatchObject({ scopes: ["admin"] });
  });

  test("stands in the database by its hash only", () => {
    const { value } = adminToken(db.db, settings(), 1);

    const stored = ["", "-wal"].map((end) => readFileSync(`${db.file}${end}`, "latin1")).join("");

    expect(stored).not.toContain(value.reveal());
    expect(stored).toContain(hashToken(value.reveal()));
  });

  test("is the operator's own where it is set, and no file is made", () => {
    const variables = { FMG_ADMIN_TOKEN: "the operator's own token" };

    const { place } = adminToken(db.db, settings(variables), 1);

    expect(place).toBe("FMG_ADMIN_TOKEN");
    expect(findToken(db.db, hashToken(variables.FMG_ADMIN_TOKEN))).toBeDefined();
    expect(() => statSync(join(folder, "admin-token"))).toThrow("ENOENT");
  });

  test("is made anew when it was revoked", () => {
    const first = adminToken(db.db, settings(), 1).value.reveal();
    revokeToken(db.db, findToken(db.db, hashToken(first))?.id ?? 0, 2);

    const second = adminToken(db.db, settings(), 3).value.reveal();

    expect(second).not.toBe(first);
    expect(findToken(db.db, hashToken(first))).toBeUndefined();
    expect(findToken(db.db, hashToken(second))).toBeDefined();
  });

  test("that the operator set and somebody revoked is refused", () => {
    const variables = settings({ FMG_ADMIN_TOKEN: "the operator's own token" });
    adminToken(db.db, variables, 1);
    revokeToken(db.db, findToken(db.db, hashToken("the operator's own token"))?.id ?? 0, 2);

    expect(() => adminToken(db.db, variables, 3)).toThrow(
      expect.objectContaining({ code: "settings_invalid" }),
    );
  });
});

describe("the webhook secret", () => {
  test("is made at the first start and kept for its owner alone", () => {
    const first = webhookSecret(settings());

    expect(first.value.reveal()).toMatch(/^[0-9a-f]{64}$/);
    expect(webhookSecret(settings()).value.reveal()).toBe(first.value.reveal());
    expect(statSync(first.place).mode & 0o777).toBe(0o600);
  });

  test("in a file that others may read is closed to them", () => {
    const file = join(folder, "webhook-secret");
    writeFileSync(file, "known secret\n");
    chmodSync(file, 0o644);

    expect(webhookSecret(settings()).value.reveal()).toBe("known secret");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is the operator's own where it is set", () => {
    expect(webhookSecret(settings({ WEBHOOK_SECRET: "known secret" }))).toMatchObject({
      place: "WEBHOOK_SECRET",
    });
  });
});

describe("a token", () => {
  test("is never made twice, and carries a checksum", () => {
    const made = Array.from({ length: 100 }, newToken);

    expect(new Set(made).size).toBe(100);
    for (const token of made) {
      const body = token.slice(0, -6);
      expect(token.slice(-6)).toBe(Buffer.from(hashToken(body), "hex").toString("base64url").slice(0, 6));
    }
  });
});
