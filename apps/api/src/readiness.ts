import { statfs } from "node:fs/promises";
import { pingDb } from "@fmg/db";
import type { Adapters } from "./adapters.ts";

/** Below this, accepting more work risks a full disk in the middle of it. */
const leastFreeBytes = 256 * 2 ** 20;

type Asked = Pick<Adapters, "db" | "pingRedis" | "dataDir">;

/** Why the server can take no work, a sentence each; empty: it can. */
export async function notReady(adapters: Asked): Promise<string[]> {
  const checks = [checkDb(adapters), checkRedis(adapters), checkDisk(adapters)];
  return (await Promise.all(checks)).filter((problem) => problem !== undefined);
}

async function checkDb({ db }: Asked): Promise<string | undefined> {
  try {
    pingDb(db);
  } catch {
    return "the database does not answer";
  }
}

async function checkRedis({ pingRedis }: Asked): Promise<string | undefined> {
  try {
    await pingRedis();
  } catch {
    return "Redis does not answer";
  }
}

async function checkDisk({ dataDir }: Asked): Promise<string | undefined> {
  const free = await freeBytes(dataDir);
  if (free < leastFreeBytes) return `the disk of ${dataDir} has ${Math.floor(free / 2 ** 20)} MiB left`;
}

/** How much room the disk of a folder has for us. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
