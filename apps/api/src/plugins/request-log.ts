import type { FastifyInstance } from "fastify";
import { fastifyPlugin } from "fastify-plugin";

/** One line for each request, by the route's pattern, and the request's id in every answer. */
export const requestLog = fastifyPlugin(async (app: FastifyInstance) => {
  app.addHook("onRequest", async (request, reply) => void reply.header("x-request-id", request.id));
  app.addHook("onResponse", async (request, reply) => {
    request.log.debug(
      {
        method: request.method,
        route: request.routeOptions.url ?? "none",
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      "request",
    );
  });
});
