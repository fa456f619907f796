import { serviceRoutes } from "@fmg/client";
import { fastifySwaggerUi } from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { serveRaw } from "../serve.ts";

/** The description of all routes, and a page to read it and to try them. */
export async function openapiRoutes(app: FastifyInstance): Promise<void> {
  serveRaw(app, serviceRoutes.openapi, {
    success: { 200: { "application/json": serviceRoutes.openapi.reply } },
    handler: (_request, reply) =>
      reply.type("application/json; charset=utf-8").send(JSON.stringify(app.swagger())),
  });
  await app.register(async (docs: FastifyInstance) => {
    docs.addHook("onRoute", (route) => {
      route.config = { ...route.config, policy: "open" };
    });
    await docs.register(fastifySwaggerUi, {
      routePrefix: "/docs",
      uiConfig: { persistAuthorization: false },
    });
  });
}
