import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { readSettings } from "./settings.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fmg-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the settings", () => {
  test("have defaults, and cannot be changed", () => {
    const settings = readSettings({}, folder);

    expect(settings).toEqual({
      port: 5000,
      host: "127.0.0.1",
      publicUrl: undefined,
      publicBadges: expect.any(Function),
      dataDir: join(folder, "data"),
      adminToken: undefined,
      webhookSecret: undefined,
      encryptionKey: { kind: "file", file: join(folder, "data", "encryption-key") },
      allowUnsignedWebhooks: false,
      githubServerUrl: "https://github.com",
      githubToken: undefined,
      redisUrl: undefined,
      redisBin: undefined,
      logLevel: "info",
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  test("are read from their variables; an empty one counts as unset", () => {
    const settings = readSettings(
      {
        PORT: "0",
        HOST: " ",
        FMG_PUBLIC_URL: "https://ci.example.com/",
        FMG_DATA_DIR: "/var/lib/fmg",
        FMG_ALLOW_UNSIGNED_WEBHOOKS: "true",
        GITHUB_SERVER_URL: "https://github.example.com",
        REDIS_URL: "",
        OTHER: "x",
      },
      folder,
    );

    expect(settings).toMatchObject({
      port: 0,
      host: "127.0.0.1",
      publicUrl: "https://ci.example.com",
      dataDir: "/var/lib/fmg",
      allowUnsignedWebhooks: true,
      githubServerUrl: "https://github.example.com",
      redisUrl: undefined,
    });
  });

  test("count relative paths from the nearest parent with a workspace", () => {
    const inner = join(folder, "apps", "api");
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(folder, "pnpm-workspace.yaml"), "");

    expect(readSettings({ FMG_DATA_DIR: "state" }, inner).dataDir).toBe(join(folder, "state"));
  });

  test("take secrets that do not print", () => {
    const settings = readSettings(
      { WEBHOOK_SECRET: "canary-secret", FMG_ADMIN_TOKEN: "canary-admin-token" },
      folder,
    );

    expect(settings.webhookSecret?.reveal()).toBe("canary-secret");
    expect(JSON.stringify(settings)).not.toContain("canary");
  });

  test.each([
    ["PORT", "65536"],
    ["PORT", "http"],
    ["PORT", "5000.5"],
    ["FMG_PUBLIC_URL", "ci.example.com"],
    ["GITHUB_SERVER_URL", "ftp://github.com"],
    ["FMG_ALLOW_UNSIGNED_WEBHOOKS", "perhaps"],
    ["FMG_ALLOW_UNSIGNED_WEBHOOKS", "1"],
    ["FMG_LOG_LEVEL", "loud"],
    ["FMG_ADMIN_TOKEN", "short"],
    ["WEBHOOK_SECRET", "short"],
  ])("refuse %s=%s by name", (name, value) => {
    expect(() => readSettings({ [name]: value }, folder)).toThrow(
      expect.objectContaining({ code: "settings_invalid", message: expect.stringContaining(name) }),
    );
  });

  test("never name a secret's value", () => {
    expect(() => readSettings({ WEBHOOK_SECRET: "canary" }, folder)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("canary") }),
    );
  });
});
