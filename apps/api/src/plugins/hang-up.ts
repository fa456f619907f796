import type { FastifyInstance } from "fastify";
import { fastifyPlugin } from "fastify-plugin";

/**
 * Lets a closing server end: what it still answers is the last answer on its connection, which a client would otherwise
 * keep open for a minute and more.
 */
export const hangUp = fastifyPlugin(async (app: FastifyInstance) => {
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
});
