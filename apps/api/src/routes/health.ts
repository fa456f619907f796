import { serviceRoutes } from "@fmg/client";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { callerOf, mayDo } from "../plugins/auth.ts";
import { notReady } from "../readiness.ts";
import { serveRaw } from "../serve.ts";

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
