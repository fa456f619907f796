import { routes } from "@fmg/client";
import { countUnfinished, isActiveRunner, listRunners } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { freeBytes, notReady } from "../readiness.ts";
import { serve } from "../serve.ts";

/** How the server stands: `fmg admin status` and `fmg version --server`. */
export async function serverStatusRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db, now, version, dataDir } = adapters;
  const startedAt = new Date(now()).toISOString();
  serve(app, routes.getServerStatus, async () => {
    const runners = listRunners(db);
    const active = runners.filter((runner) => isActiveRunner(runner, now())).length;
    return {
      version,
      startedAt,
      problems: await notReady(adapters),
      freeBytes: await freeBytes(dataDir),
      unfinished: countUnfinished(db),
      runners: { active, inactive: runners.length - active },
    };
  });
}
