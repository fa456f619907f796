import { mkdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { isFmgError } from "@fmg/core";
import { ensureKey, openDb } from "@fmg/db";
import { isOnRef, resolveRef } from "@fmg/git";
import { findRedis, openBell, openCheckUps, openLive, openTerminals } from "@fmg/queue";
import { openBlobStore, openLogStore } from "@fmg/storage";
import { pino, type Logger } from "pino";
import { buildApp } from "./app.ts";
import { createNudger } from "./nudger.ts";
import { adminToken, webhookSecret } from "./own-secrets.ts";
import { readSettings, type Settings } from "./settings.ts";

/** What is not closed by then is left to the end of the process. */
const closeWithinMs = 10_000;
const drainWithinMs = 2000;
/** Less than clients wait for an answer. */
const resolveWithinMs = 20_000;

async function main(): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  const log = pino({
    name: "api",
    level: settings.logLevel,
    redact: ["token", "*.token", "headers.authorization", "headers.cookie", "secret", "*.secret"],
  });
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "unexpected error; the API ends, and its successor goes on");
    process.exit(1);
  });
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  process.once("SIGINT", () => stop.abort());
  await run(settings, log, stop.signal);
}

async function run(settings: Settings, log: Logger, stop: AbortSignal): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  mkdirSync(settings.dataDir, { recursive: true });
  const db = cleanUp.adopt(openDb(join(settings.dataDir, "fmg.db"), { migrate: true }), (opened) =>
    opened.close(),
  );
  const secret = webhookSecret(settings);
  const admin = adminToken(db, settings, Date.now());
  log.info({ dataDir: settings.dataDir }, "folders");
  const { missing } = ensureKey(db, settings.encryptionKey);
  if (missing.length > 0) {
    log.error(
      { missing },
      "secrets are sealed with keys that are missing: restore them, or set those secrets anew",
    );
  }
  log.info({ adminToken: admin.place, webhookSecret: secret.place }, "where the secrets are");
  if (settings.allowUnsignedWebhooks) {
    log.warn("FMG_ALLOW_UNSIGNED_WEBHOOKS is true: whoever reaches /webhook can start pipelines");
  }
  const redis = cleanUp.adopt(
    await findRedis({
      redisUrl: settings.redisUrl,
      redisBin: settings.redisBin,
      dataDir: settings.dataDir,
      role: "owner",
      signal: stop,
      log,
    }),
    (found) => found.close(),
  );
  const bell = cleanUp.adopt(openBell(redis.url), (opened) => opened.close());
  const live = cleanUp.adopt(openLive(redis.url), (opened) => opened.close());
  const terminals = cleanUp.adopt(openTerminals(redis.url), (opened) => opened.close());
  const checkUps = cleanUp.adopt(openCheckUps(redis.url), (opened) => opened.close());
  const logs = cleanUp.adopt(openLogStore(join(settings.dataDir, "logs")), (opened) => opened.close());
  const nudger = cleanUp.adopt(createNudger(bell, log), (made) => made.drain(drainWithinMs));
  let port = settings.port;
  const app = cleanUp.adopt(
    await buildApp({
      db,
      logs,
      blobs: openBlobStore(join(settings.dataDir, "blobs")),
      live,
      terminals,
      checkUps,
      nudger,
      log,
      webhookSecret: secret.value,
      encryptionKey: settings.encryptionKey,
      allowUnsignedWebhooks: settings.allowUnsignedWebhooks,
      githubServerUrl: settings.githubServerUrl,
      publicBadges: settings.publicBadges,
      publicUrl: () => settings.publicUrl ?? `http://localhost:${port}`,
      dataDir: settings.dataDir,
      version: ownVersion(),
      resolveRef: (cloneUrl, ref) =>
        resolveRef({
          url: cloneUrl,
          ref,
          token: settings.githubToken,
          signal: AbortSignal.timeout(resolveWithinMs),
        }),
      isOnRef: (cloneUrl, ref, sha) =>
        isOnRef({
          url: cloneUrl,
          ref,
          sha,
          token: settings.githubToken,
          signal: AbortSignal.timeout(resolveWithinMs),
        }),
      pingRedis: () => pingRedis(redis.url, settings.dataDir),
      now: Date.now,
    }),
    (built) => built.close(),
  );
  const url = await app.listen({ host: settings.host, port: settings.port });
  port = (app.server.address() as AddressInfo).port;
  log.info(
    { url, queue: redis.description, publicUrl: settings.publicUrl ?? `http://localhost:${port}` },
    "listening",
  );

  await aborted(stop);
  setTimeout(() => {
    log.error("closing took too long; the process ends");
    process.exit(1);
  }, closeWithinMs).unref();
  log.info("closing: requests that were accepted are finished first");
}

function ownVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Asks a Redis that was found before, once. */
async function pingRedis(url: string, dataDir: string): Promise<void> {
  const silent = (): void => undefined;
  await findRedis({
    redisUrl: url,
    dataDir,
    role: "joiner",
    signal: AbortSignal.timeout(2000),
    log: { info: silent, warn: silent, error: silent },
    patienceMs: 0,
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const message = Error.isError(error) ? error.message : String(error);
    process.stderr.write(`Error: ${message}\n`);
    if (!isFmgError(error)) process.stderr.write(`${Error.isError(error) ? error.stack : ""}\n`);
    process.exit(isFmgError(error, "redis_unavailable") ? 3 : 1);
  },
);
