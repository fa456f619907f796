import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "@fmg/core";
import { createToken, ensureKey, openDb, type Db, type KeySource, type TokenScope } from "@fmg/db";
import { openBell, openCheckUps, openLive, openTerminals, type Bell, type Live } from "@fmg/queue";
import { openBlobStore, openLogStore, type BlobStore, type LogStore } from "@fmg/storage";
import type { TestRedis } from "@fmg/testkit";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { pino } from "pino";
import type { Adapters } from "../adapters.ts";
import { buildApp } from "../app.ts";
import { createNudger } from "../nudger.ts";
import { hashToken, newToken } from "../own-secrets.ts";

export const webhookSecret = "a secret of the test";
export const githubServerUrl = "https://github.test";

/** The real server on a real database and Redis, in this process; not listening until a test asks for it. */
export interface TestApi {
  readonly app: FastifyInstance;
  readonly db: Db;
  readonly logs: LogStore;
  readonly blobs: BlobStore;
  readonly live: Live;
  readonly dbFile: string;
  readonly encryptionKey: KeySource;
  readonly adminToken: string;
  /** What the server has logged, as text. */
  readonly logged: () => string;
  token(...scopes: TokenScope[]): string;
  /** GET as an admin. */
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

export async function startApi(
  redis: TestRedis,
  changes: Partial<Adapters> & { readonly bell?: Pick<Bell, "ring"> } = {},
): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), "fmg-api-"));
  const dbFile = join(folder, "fmg.db");
  const db = openDb(dbFile, { migrate: true });
  const encryptionKey = { kind: "file", file: join(folder, "encryption-key") } as const;
  ensureKey(db, encryptionKey);
  const bell = openBell(redis.url);
  const live = openLive(redis.url);
  const terminals = openTerminals(redis.url);
  const checkUps = openCheckUps(redis.url);
  await live.ready();
  const logs = openLogStore(join(folder, "logs"));
  const blobs = openBlobStore(join(folder, "blobs"));
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const token = (...scopes: TokenScope[]): string => {
    const made = newToken();
    createToken(db, { name: scopes.join(), scopes, hash: hashToken(made), now: 1 });
    return made;
  };
  const nudger = createNudger(changes.bell ?? bell, log);
  const app = await buildApp({
    db,
    logs,
    blobs,
    live,
    terminals,
    checkUps,
    nudger,
    log,
    webhookSecret: new Secret(webhookSecret),
    encryptionKey,
    allowUnsignedWebhooks: false,
    githubServerUrl,
    publicBadges: () => false,
    publicUrl: () => "https://fmg.test",
    dataDir: folder,
    version: "1.2.3",
    resolveRef: async () => undefined,
    isOnRef: async () => false,
    pingRedis: async () => undefined,
    now: Date.now,
    ...changes,
  });
  const adminToken = token("admin");
  return {
    app,
    db,
    logs,
    blobs,
    live,
    dbFile,
    encryptionKey,
    adminToken,
    token,
    logged: () => lines.join(""),
    get: (url, headers = {}) =>
      app.inject({ method: "GET", url, headers: { authorization: `Bearer ${adminToken}`, ...headers } }),
    async close() {
      await app.close();
      await nudger.drain(1000);
      await Promise.all([bell.close(), live.close(), terminals.close(), checkUps.close(), logs.close()]);
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
