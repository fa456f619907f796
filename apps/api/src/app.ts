import { randomUUID } from "node:crypto";
import { fastifyHelmet } from "@fastify/helmet";
import { fastifySwagger } from "@fastify/swagger";
import { fastifyWebsocket } from "@fastify/websocket";
import { fastify, LogController, type FastifyInstance } from "fastify";
import type { Adapters } from "./adapters.ts";
import { auth } from "./plugins/auth.ts";
import { answerClientError, answerError, errors } from "./plugins/errors.ts";
import { hangUp } from "./plugins/hang-up.ts";
import { requestLog } from "./plugins/request-log.ts";
import { contextRoutes } from "./routes/contexts.ts";
import { encryptionKeyRoutes } from "./routes/encryption-key.ts";
import { diffRoutes } from "./routes/diff.ts";
import { checkUpRoutes } from "./routes/check-up.ts";
import { whoamiRoutes } from "./routes/whoami.ts";
import { whyRoutes } from "./routes/why.ts";
import { variableRoutes } from "./routes/variables.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { artifactRoutesPlugin } from "./routes/artifacts.ts";
import { badgeRoutes } from "./routes/badge.ts";
import { cancelRoutes } from "./routes/cancel.ts";
import { webhookRoutes } from "./routes/github-webhook.ts";
import { debugRoutes } from "./routes/debug.ts";
import { healthRoutes } from "./routes/health.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { keepRoutes } from "./routes/keep.ts";
import { logRoutesPlugin } from "./routes/logs.ts";
import { openapiRoutes } from "./routes/openapi.ts";
import { pipelinePage } from "./routes/pipeline-page.ts";
import { pipelineRoutes } from "./routes/pipelines.ts";
import { rerunRoutes } from "./routes/reruns.ts";
import { cacheRoutes } from "./routes/caches.ts";
import { projectRoutes } from "./routes/projects.ts";
import { runnerRoutes } from "./routes/runners.ts";
import { serverStatusRoutes } from "./routes/server-status.ts";
import { scheduleRoutes } from "./routes/schedules.ts";
import { testRoutes } from "./routes/tests.ts";
import { triggerRoutes } from "./routes/triggers.ts";

/** JSON bodies of our own are a few lines; the webhook has its own limit. */
const bodyLimit = 64 * 1024;
/** What a person types or pastes at once. */
const longestInput = 64 * 1024;
/** A whole request must be here within this; a body of 25 MB then needs 0.8 MB/s at least. */
const requestTimeoutMs = 30_000;

/** The server, not yet listening. */
export async function buildApp(adapters: Adapters): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: adapters.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: "idle",
    clientErrorHandler: (error, socket) => answerClientError(error, socket),
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    routerOptions: { maxParamLength: 200 },
  });
  await app.register(errors);
  await app.register(requestLog);
  await app.register(hangUp);
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      directives: { "upgrade-insecure-requests": null, "frame-ancestors": ["'none'"] },
    },
    // Whether this host speaks TLS at all is the reverse proxy's knowledge.
    strictTransportSecurity: false,
  });
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "FMG", version: "1", description: "Runs .circleci/config.yml on your own Docker." },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
  });
  await app.register(auth, { db: adapters.db });
  await app.register(fastifyWebsocket, { options: { maxPayload: longestInput } });
  await app.register(webhookRoutes, adapters);
  await app.register(healthRoutes, adapters);
  await app.register(pipelineRoutes, adapters);
  await app.register(jobRoutes, adapters);
  await app.register(logRoutesPlugin, adapters);
  await app.register(artifactRoutesPlugin, adapters);
  await app.register(testRoutes, adapters);
  await app.register(projectRoutes, adapters);
  await app.register(cacheRoutes, adapters);
  await app.register(scheduleRoutes, adapters);
  await app.register(triggerRoutes, adapters);
  await app.register(runnerRoutes, adapters);
  await app.register(serverStatusRoutes, adapters);
  await app.register(checkUpRoutes, adapters);
  await app.register(whoamiRoutes, adapters);
  await app.register(approvalRoutes, adapters);
  await app.register(whyRoutes, adapters);
  await app.register(diffRoutes, adapters);
  await app.register(rerunRoutes, adapters);
  await app.register(cancelRoutes, adapters);
  await app.register(keepRoutes, adapters);
  await app.register(debugRoutes, adapters);
  await app.register(variableRoutes, adapters);
  await app.register(contextRoutes, adapters);
  await app.register(encryptionKeyRoutes, adapters);
  await app.register(badgeRoutes, adapters);
  await app.register(pipelinePage, adapters);
  await app.register(openapiRoutes);
  return app;
}
