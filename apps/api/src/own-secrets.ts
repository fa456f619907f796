import { createHash, randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FmgError, Secret } from "@fmg/core";
import { ensureAdminToken, type Db } from "@fmg/db";
import type { Settings } from "./settings.ts";

/** A secret, and where an operator finds it: a variable's name or a file. */
export interface OwnSecret {
  readonly value: Secret;
  readonly place: string;
}

/** The webhook secret: WEBHOOK_SECRET, else the one in the data directory, made at the first start. */
export function webhookSecret(settings: Settings): OwnSecret {
  if (settings.webhookSecret !== undefined) return { value: settings.webhookSecret, place: "WEBHOOK_SECRET" };
  const file = join(settings.dataDir, "webhook-secret");
  const value = readOwn(file) ?? writeOwn(file, randomBytes(32).toString("hex"));
  return { value: new Secret(value), place: file };
}

/** Makes the admin token valid: FMG_ADMIN_TOKEN, else the one in the data directory, made at the first start. */
export function adminToken(db: Db, settings: Settings, now: number): OwnSecret {
  if (settings.adminToken !== undefined) {
    const { revokedAt } = ensureAdminToken(db, { hash: hashToken(settings.adminToken.reveal()), now });
    if (revokedAt === null) return { value: settings.adminToken, place: "FMG_ADMIN_TOKEN" };
    throw new FmgError(
      "settings_invalid",
      "FMG_ADMIN_TOKEN was revoked or replaced before: choose a new one",
    );
  }
  const file = join(settings.dataDir, "admin-token");
  const known = readOwn(file);
  if (known !== undefined && ensureAdminToken(db, { hash: hashToken(known), now }).revokedAt === null) {
    return { value: new Secret(known), place: file };
  }
  const made = writeOwn(file, newToken());
  ensureAdminToken(db, { hash: hashToken(made), now });
  return { value: new Secret(made), place: file };
}

/** 256 random bits with a prefix, by which scanners find one that leaked, and a checksum, by which they are sure. */
export function newToken(): string {
  const body = `fmg_${randomBytes(32).toString("base64url")}`;
  return body + createHash("sha256").update(body).digest("base64url").slice(0, 6);
}

/** What the database keeps of a token. SHA-256 suffices for 256 random bits. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function readOwn(file: string): string | undefined {
  try {
    const value = readFileSync(file, "utf8").trim();
    chmodSync(file, 0o600);
    return value === "" ? undefined : value;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FmgError("settings_invalid", `${file} cannot be read: make it readable for FMG alone`, {
      cause: thrown,
    });
  }
}

/** Whole or not at all, and never readable by others, not even for a moment. */
function writeOwn(file: string, value: string): string {
  const beside = `${file}.${process.pid}.new`;
  writeFileSync(beside, `${value}\n`, { mode: 0o600 });
  renameSync(beside, file);
  return value;
}
