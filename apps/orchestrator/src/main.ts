import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { isFmgError } from "@fmg/core";
import { waitForDb } from "@fmg/db";
import { createGitHub } from "@fmg/github";
import { findRedis, openBell, openLive } from "@fmg/queue";
import { findOrbs } from "@fmg/parser/node";
import { connectDocker, hostCapacity, ownerName } from "@fmg/runner";
import { openBlobStore, openLogStore } from "@fmg/storage";
import { pino, type Logger } from "pino";
import { createConfigCompiler } from "./compile/config-compiler.ts";
import { startHealthServer } from "./health.ts";
import { instanceOf } from "./instance.ts";
import { startOrchestrator } from "./orchestrator.ts";
import { openDiskWatch } from "./sweep/disk-watch.ts";
import type { Services } from "./services.ts";
import { readSettings, type Settings } from "./settings.ts";

/** A hand-over that takes longer is ended by force; the leases are then found dead by the successor. */
const HAND_OVER_WITHIN_MS = 5000;

async function main(): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  const log = pino({
    name: "orchestrator",
    level: settings.logLevel,
    redact: ["token", "*.token", "headers.authorization"],
  });
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "unexpected error; the orchestrator ends, and its successor goes on");
    process.exit(1);
  });
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  process.once("SIGINT", () => stop.abort());
  await run(settings, log, stop.signal);
}

async function run(settings: Settings, log: Logger, stop: AbortSignal): Promise<void> {
  mkdirSync(settings.dataDir, { recursive: true });
  mkdirSync(settings.workspaceRoot, { recursive: true });
  log.info({ dataDir: settings.dataDir, workspaceRoot: settings.workspaceRoot }, "folders");
  if (settings.githubToken === undefined) {
    log.warn(
      "GITHUB_TOKEN is not set: no commit statuses are sent, and private repositories cannot be cloned",
    );
  }
  const db = await waitForDb(join(settings.dataDir, "fmg.db"), stop);
  const redis = await findRedis({
    redisUrl: settings.redisUrl,
    dataDir: settings.dataDir,
    role: "joiner",
    signal: stop,
    log,
  });
  const bell = openBell(redis.url);
  const live = openLive(redis.url);
  const engine = connectDocker();
  const host = await hostCapacity(engine);
  const services: Services = {
    settings,
    db,
    logs: openLogStore(join(settings.dataDir, "logs")),
    blobs: openBlobStore(join(settings.dataDir, "blobs")),
    bell,
    live,
    engine,
    host,
    disk: openDiskWatch([settings.dataDir, settings.workspaceRoot, host.rootDir], settings.diskWatermark, {
      now: Date.now,
    }),
    compiler: createConfigCompiler(),
    orbs: findOrbs(settings.orbs, join(settings.dataDir, "orbs")),
    github:
      settings.githubToken === undefined
        ? undefined
        : createGitHub({ apiUrl: settings.githubApiUrl, token: settings.githubToken }),
    owner: ownerName(),
    instance: instanceOf(settings.dataDir, settings.instance),
    now: Date.now,
    log,
  };
  const orchestrator = await startOrchestrator(services, redis.url);
  const health =
    settings.healthPort === undefined
      ? undefined
      : await startHealthServer(
          { services, runningAttempts: () => orchestrator.runningAttempts() },
          { host: settings.host, port: settings.healthPort },
        );
  log.info(
    {
      url: health?.url ?? null,
      queue: redis.description,
      instance: services.instance,
      concurrency: settings.concurrency,
    },
    "listening",
  );

  await aborted(stop);
  setTimeout(() => process.exit(0), HAND_OVER_WITHIN_MS).unref();
  log.info(
    { attempts: orchestrator.runningAttempts() },
    "handing over: running steps go on in their containers",
  );
  await orchestrator.close();
  await health?.close();
  await Promise.allSettled([
    services.logs.close(),
    bell.close(),
    live.close(),
    redis.close(),
    services.compiler.close(),
  ]);
  db.close();
  process.exit(0);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

main().catch((error: unknown) => {
  const message = Error.isError(error) ? error.message : String(error);
  process.stderr.write(`Error: ${message}\n`);
  if (!isFmgError(error)) process.stderr.write(`${Error.isError(error) ? error.stack : ""}\n`);
  process.exit(isFmgError(error, "redis_unavailable") ? 3 : 1);
});
