import { statfs } from "node:fs/promises";
import { serviceRoutes } from "@fmg/client";
import { pingDb } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { callerOf, mayDo } from "../plugins/auth.ts";
import { serveRaw } from "../serve.ts";

/** Below this, accepting more work risks a full disk in the middle of it. */
const leastFreeBytes = 256 * 2 ** 20;
const textType = "text/plain; charset=utf-8";

/** For load balancers and people: is the process there, can it take work, and if not, why. */
export async function healthRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const success = { 200: { [textType]: serviceRoutes.healthz.reply } };

  serveRaw(app, serviceRoutes.healthz, {
    success,
    handler: (_request, reply) => reply.type(textType).send("ok\n"),
  });

  serveRaw(app, serviceRoutes.readyz, {
    success,
    handler: async (request, reply) => {
      const problems = await notReady(adapters);
      const word = problems.length === 0 ? "ready" : "not ready";
      const caller = callerOf(adapters.db, request);
      const told = caller !== undefined && mayDo(caller, "read") ? problems : [];
      return reply
        .status(problems.length === 0 ? 200 : 503)
        .type(textType)
        .send(`${[word, ...told].join("\n")}\n`);
    },
  });
}

async function notReady(adapters: Adapters): Promise<string[]> {
  const checks = [checkDb(adapters), checkRedis(adapters), checkDisk(adapters)];
  return (await Promise.all(checks)).filter((problem) => problem !== undefined);
}

async function checkDb({ db }: Adapters): Promise<string | undefined> {
  try {
    pingDb(db);
  } catch {
    return "the database does not answer";
  }
}

async function checkRedis({ pingRedis }: Adapters): Promise<string | undefined> {
  try {
    await pingRedis();
  } catch {
    return "Redis does not answer";
  }
}

async function checkDisk({ dataDir }: Adapters): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  if (free < leastFreeBytes) return `the disk of ${dataDir} has ${Math.floor(free / 2 ** 20)} MiB left`;
}
