import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { aRedis } from "../testing/a-redis.ts";
import { heard } from "../testing/heard.ts";
import { findRedis, type FindRedisOptions, type FoundRedis } from "./find-redis.ts";
import { takeLock } from "./lock-file.ts";
import { findServer, installLine } from "./redis-binary.ts";
import { ping } from "./redis-state.ts";
import { recordedSocket } from "./socket-path.ts";

// A machine that does much else at the same time is slow, not wrong.
jest.setTimeout(60_000);

let dataDir: string;
const found: FoundRedis[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "fmg-data-"));
});
afterEach(async () => {
  for (const redis of found.splice(0).reverse()) await redis.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function find(options: Partial<FindRedisOptions>): Promise<FoundRedis> {
  const redis = await findRedis({
    dataDir,
    role: "owner",
    signal: AbortSignal.timeout(60_000),
    log: quiet,
    ...options,
  });
  found.push(redis);
  return redis;
}

/** A connection as soon as the server answers. */
async function answering(url: string) {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const redis = await ping(url);
    if (redis !== undefined) return redis;
    if (performance.now() > deadline) throw new Error(`nothing answers at ${url}`);
    await wait(10);
  }
}

const pidOf = (dir: string) => Number(readFileSync(join(dir, "redis", "redis.pid"), "utf8"));

test("the owner starts a server on a socket of its own, which joiners find", async () => {
  const joining = find({ role: "joiner" });
  const owner = await find({ role: "owner" });
  const joiner = await joining;

  expect(owner.url).toBe(joiner.url);
  expect(owner.description).toMatch(/^(redis|valkey)-server [\d.]+, child, unix:\/\//);
  expect(joiner.description).toContain(", joined, ");
  const socket = recordedSocket(dataDir) ?? recordedSocket(join(dataDir, "redis")) ?? "";
  expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
  const redis = await answering(owner.url);
  expect(await redis.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
  expect(await redis.config("GET", "appendonly")).toEqual(["appendonly", "yes"]);
  expect(await redis.config("GET", "port")).toEqual(["port", "0"]);
  redis.disconnect();
});

test("what a stopped server held is there after the next start, at the same place", async () => {
  const first = await find({});
  const redis = await answering(first.url);
  await redis.set("nudge", "1");
  redis.disconnect();
  await first.close();
  expect(existsSync(dirname(recordedSocket(join(dataDir, "redis")) ?? ""))).toBe(false);

  const second = await find({});
  expect(second.url).toBe(first.url);
  const again = await answering(second.url);
  expect(await again.get("nudge")).toBe("1");
  again.disconnect();
});

test("a server that does not listen any more is ended with its owner", async () => {
  const owner = await find({});
  const pid = pidOf(dataDir);
  process.kill(pid, "SIGSTOP");
  await owner.close();
  const deadline = performance.now() + 10_000;
  while (existsSync(`/proc/${pid}/fd/0`) && performance.now() < deadline) await wait(20);
  expect(existsSync(`/proc/${pid}/fd/0`)).toBe(false);
});

test("a server that dies is started again", async () => {
  const owner = await find({});
  const pid = pidOf(dataDir);
  process.kill(pid, "SIGKILL");
  const deadline = performance.now() + 10_000;
  while (pidOf(dataDir) === pid && performance.now() < deadline) await wait(20);
  const redis = await answering(owner.url);
  redis.disconnect();
  expect(pidOf(dataDir)).not.toBe(pid);
});

test("the server of a crashed owner is joined by the next, which then owns it", async () => {
  const script = new URL("../../test/own-redis.ts", import.meta.url).pathname;
  const crashed = spawn(process.execPath, ["--conditions=@fmg/source", script, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const told = heard<string>();
  crashed.stdout.on("data", (bytes: Buffer) => told.hear(bytes.toString()));
  const [description = ""] = await told.atLeast(1);
  const exit = new Promise((resolve) => crashed.once("exit", resolve));
  crashed.kill("SIGKILL");
  await exit;
  const pid = pidOf(dataDir);

  const next = await find({});
  expect(next.description).toBe(description.replace(", child, ", ", joined, "));
  expect(pidOf(dataDir)).toBe(pid);
  await next.close();
  expect(await ping(next.url)).toBeUndefined();
});

test("a second owner of the same data directory uses the first one's server and leaves it running", async () => {
  const first = await find({});
  const second = await find({});
  expect(second.url).toBe(first.url);
  await second.close();
  const redis = await answering(first.url);
  redis.disconnect();
});

test("files that the server does not bear are moved aside", async () => {
  const first = await find({});
  await first.close();
  const files = join(dataDir, "redis", "appendonlydir");
  writeFileSync(join(files, "appendonly.aof.manifest"), "this is not a manifest");
  const next = await find({});
  expect(next.description).toContain(", child, ");
  expect(existsSync(`${files}.broken`)).toBe(true);
});

test("a folder that others may enter is not used again for the socket", async () => {
  const first = await find({});
  await first.close();
  const folder = dirname(recordedSocket(join(dataDir, "redis")) ?? "");
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const next = await find({});
  expect(next.url).not.toBe(first.url);
  rmSync(folder, { recursive: true });
});

test("a joiner that finds no server says what to do", async () => {
  await expect(find({ role: "joiner", patienceMs: 200 })).rejects.toMatchObject({
    code: "redis_unavailable",
    message: expect.stringContaining("Start the API first"),
  });
});

test("a joiner stops waiting with its signal", async () => {
  const stop = new AbortController();
  const joining = find({ role: "joiner", signal: stop.signal });
  stop.abort();
  await expect(joining).rejects.toMatchObject({ name: "AbortError" });
});

test("without a server program the error says how to install one", async () => {
  await expect(find({ redisBin: "/no/such/redis-server" })).rejects.toMatchObject({
    code: "redis_unavailable",
    message: expect.stringContaining("apt-get install redis-server"),
  });
  expect(installLine("darwin")).toBe("brew install valkey");
  expect(findServer("redis-server")).toMatch(/\/redis-server$/);
  // The failed owner has let the lock go.
  expect((await find({})).description).toContain(", child, ");
});

test("a given Redis is used as it is, and told about when it may forget nudges", async () => {
  const given = await aRedis();
  const admin = await answering(given.url);
  await admin.config("SET", "maxmemory-policy", "allkeys-lru");
  const warnings = heard<unknown>();
  const redis = await find({ redisUrl: given.url, log: { ...quiet, warn: warnings.hear } });
  expect(redis).toMatchObject({ url: given.url, description: expect.stringContaining(", given, unix://") });
  expect(warnings.all).toEqual([{ policy: "allkeys-lru" }]);
  await redis.close();
  expect(await admin.ping()).toBe("PONG");
  admin.disconnect();
  await given.remove();
});

test("a given Redis that does not answer is an error that hides its password, and no other is taken", async () => {
  const redisUrl = "redis://fmg:hunter2@127.0.0.1:1/0";
  const failed = find({ redisUrl, patienceMs: 200 });
  await expect(failed).rejects.toMatchObject({
    code: "redis_unavailable",
    message: expect.stringContaining("redis://fmg:***@127.0.0.1:1/0"),
  });
  expect(existsSync(join(dataDir, "redis"))).toBe(false);
});

test("a lock belongs to one living process; a dead one's is taken", () => {
  const file = join(dataDir, "lock");
  const lock = takeLock(file);
  expect(lock).toBeDefined();
  expect(takeLock(file)).toBeUndefined();
  lock?.release();
  writeFileSync(file, "999999999 1\n");
  expect(takeLock(file)).toBeDefined();
  expect(readFileSync(file, "utf8")).toMatch(new RegExp(`^${process.pid} `));
});
