import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readSettings } from "./settings.ts";

test("an empty environment gives the documented defaults", () => {
  expect(readSettings({}, "/srv")).toMatchObject({
    dataDir: "/srv/data",
    workspaceRoot: "/srv/workspaces",
    publicUrl: "http://localhost:5000",
    githubApiUrl: "https://api.github.com",
    githubServerUrl: "https://github.com",
    statusContexts: "fmg",
    githubToken: undefined,
    healthPort: undefined,
    pullPolicy: "if-not-present",
    serviceWaitMs: 60_000,
    stepProgram: "auto",
    checkoutSubmodules: "off",
    imagesMaxBytes: undefined,
  });
});

test("relative paths count from the nearest parent with a pnpm-workspace.yaml", () => {
  const root = mkdtempSync(join(tmpdir(), "fmg-settings-"));
  writeFileSync(join(root, "pnpm-workspace.yaml"), "");
  mkdirSync(join(root, "apps/x"), { recursive: true });
  expect(readSettings({ FMG_DATA_DIR: "d" }, join(root, "apps/x")).dataDir).toBe(join(root, "d"));
});

test.each([
  ["FMG_CONCURRENCY", "0"],
  ["FMG_CONCURRENCY", "many"],
  ["FMG_CPU_OVERCOMMIT", "0.5"],
  ["FMG_CPU_OVERCOMMIT", "2x"],
  ["FMG_KEEP_FAILED_FOR", "5"],
  ["FMG_DISK_WATERMARK", "1024"],
  ["FMG_DISK_WATERMARK", "101%"],
  ["FMG_HEALTH_PORT", "70000"],
  ["GITHUB_API_URL", "ftp://x"],
  ["FMG_STATUS_CONTEXTS", "other"],
  ["FMG_INSTANCE", "UPPER"],
  ["FMG_PULL_POLICY", "never"],
  ["FMG_SERVICE_WAIT_SECONDS", "0"],
  ["FMG_STEP_PROGRAM", "bash"],
  ["FMG_IMAGES_MAX_GB", "0"],
  ["FMG_CHECKOUT_SUBMODULES", "yes"],
])("%s=%s is refused by its name", (name, value) => {
  expect(() => readSettings({ [name]: value }, "/srv")).toThrow(`${name} is "${value}", but must be`);
});

test.each([
  [undefined, { bytes: 2 ** 30 }],
  ["500m", { bytes: 500 * 2 ** 20 }],
  ["1.5g", { bytes: 1.5 * 2 ** 30 }],
  ["5%", { share: 0.05 }],
])("FMG_DISK_WATERMARK=%s is %j", (value, diskWatermark) => {
  expect(readSettings({ FMG_DISK_WATERMARK: value }, "/srv")).toMatchObject({ diskWatermark });
});

test("a token never shows in the settings", () => {
  expect(JSON.stringify(readSettings({ GITHUB_TOKEN: "ghp_secret" }, "/srv"))).not.toContain("ghp_secret");
});

test("an encryption key that others may read, or that is none, stops the start (SEC-5)", () => {
  const folder = mkdtempSync(join(tmpdir(), "fmg-settings-"));
  const file = join(folder, "encryption-key");
  const env = { FMG_DATA_DIR: folder };
  expect(readSettings(env, folder).encryptionKey).toEqual({ kind: "file", file });
  const key = Buffer.alloc(32, 7).toString("base64");
  writeFileSync(file, key, { mode: 0o640 });
  expect(() => readSettings(env, folder)).toThrow(
    `only its owner may read the encryption key: chmod 600 ${file}`,
  );
  chmodSync(file, 0o600);
  expect(readSettings(env, folder).encryptionKey).toEqual({ kind: "file", file });
  expect(() => readSettings({ ...env, FMG_ENCRYPTION_KEY: "no-key" }, folder)).toThrow(
    "FMG_ENCRYPTION_KEY must hold keys of 32 bytes",
  );
  expect(JSON.stringify(readSettings({ ...env, FMG_ENCRYPTION_KEY: key }, folder))).not.toContain(key);
  rmSync(folder, { recursive: true });
});
