import { randomUUID } from "node:crypto";
import { serviceRoutes } from "@fmg/client";
import {
  createAcceptor,
  keepInvalidDelivery,
  recordIgnoredDelivery,
  type Acceptor,
  type Delivery,
} from "@fmg/db";
import { normalizeDelivery, verifySignature } from "@fmg/github";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { Adapters } from "../adapters.ts";
import { ProblemDetail } from "../problem.ts";
import { serveRaw } from "../serve.ts";

/** What GitHub sends at most. */
const bodyLimit = 25 * 2 ** 20;

/**
 * Stops 1 to 3 of a push: check the signature over the raw bytes, only then parse; store the delivery, the pipeline and
 * its first status in one durable transaction; answer; nudge. Nothing slow stands before the answer.
 */
export async function webhookRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const acceptor = createAcceptor(adapters.db);
  // The signature is over the bytes as they came, so no parser may touch them before.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, body, done) => done(null, body));

  const { reply: created } = serviceRoutes.webhook;
  const nothingNew = Type.Union([created, Type.Object({ ignored: Type.String() })]);
  serveRaw(app, serviceRoutes.webhook, {
    success: { 202: { "application/json": created }, 200: { "application/json": nothingNew } },
    bodyLimit,
    handler: (request, reply) => takeDelivery(adapters, acceptor, request, reply),
  });
}

async function takeDelivery(
  adapters: Adapters,
  acceptor: Acceptor,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = request.body instanceof Uint8Array ? request.body : Buffer.alloc(0);
  checkSignature(adapters, request, body);
  const delivery = {
    deliveryId: header(request, "x-github-delivery") ?? "",
    event: header(request, "x-github-event") ?? "",
    body,
    receivedAt: adapters.now(),
  };
  const normalized = readDelivery(adapters, request, delivery);
  if (normalized.kind === "invalid") throw refuse(adapters, request, delivery, normalized.message);
  const { deliveryId } = delivery;
  if (normalized.kind === "ignored") {
    recordIgnoredDelivery(adapters.db, delivery, normalized.reason);
    request.log.info({ deliveryId, reason: normalized.reason }, "delivery ignored");
    return reply.status(200).send({ ignored: normalized.reason });
  }
  const { kind, pipelineId } = await acceptor.accept({
    ...delivery,
    trigger: normalized.event,
    repository: normalized.repository,
    statusTargetBase: adapters.publicUrl(),
  });
  if (kind === "created") adapters.nudger.nudge({ queue: "pipelines", pipelineId });
  request.log.info({ deliveryId, pipelineId, kind }, "delivery accepted");
  return reply.status(kind === "created" ? 202 : 200).send({ pipelineId });
}

/** A wrong signature leaves no trace but a line in the log. */
function checkSignature(adapters: Adapters, request: FastifyRequest, body: Uint8Array): void {
  const signature = header(request, "x-hub-signature-256");
  if (signature === undefined && adapters.allowUnsignedWebhooks) return;
  if (verifySignature(body, signature, adapters.webhookSecret)) return;
  request.log.warn(
    { signed: signature !== undefined, bytes: body.length },
    "a webhook with a missing or wrong signature was refused",
  );
  throw new ProblemDetail(
    "bad-signature",
    "X-Hub-Signature-256 is missing or does not fit the body: give the webhook on GitHub the server's secret.",
  );
}

function readDelivery(
  adapters: Adapters,
  request: FastifyRequest,
  { deliveryId, event, body }: Delivery,
): ReturnType<typeof normalizeDelivery> {
  if (!/^[\w.-]{1,100}$/.test(deliveryId)) return invalid("X-GitHub-Delivery is missing or not an id");
  if (!/^[a-z_]{1,100}$/.test(event)) return invalid("X-GitHub-Event is missing or not the name of an event");
  const payload = parseBody(header(request, "content-type") ?? "", Buffer.from(body).toString());
  if ("problem" in payload) return invalid(payload.problem);
  return normalizeDelivery(event, payload.value, { serverUrl: adapters.githubServerUrl });
}

/** GitHub's two encodings. */
function parseBody(contentType: string, text: string): { value: unknown } | { problem: string } {
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json" && type !== "application/x-www-form-urlencoded") {
    return { problem: "the content type is neither application/json nor application/x-www-form-urlencoded" };
  }
  const json = type === "application/json" ? text : new URLSearchParams(text).get("payload");
  if (json === null) return { problem: "the form has no field named payload" };
  try {
    return { value: JSON.parse(json) };
  } catch {
    return { problem: "the payload is not JSON" };
  }
}

/** Keeps what was signed and yet is not what GitHub sends, so that somebody can look at it. */
function refuse(
  adapters: Adapters,
  request: FastifyRequest,
  delivery: Delivery,
  message: string,
): ProblemDetail {
  // Without an id of its own it is kept under one that cannot be GitHub's.
  const deliveryId =
    delivery.deliveryId === "" ? `unnamed-${randomUUID()}` : delivery.deliveryId.slice(0, 100);
  keepInvalidDelivery(adapters.db, { ...delivery, deliveryId, event: delivery.event.slice(0, 100) }, message);
  request.log.warn({ deliveryId, reason: message }, "a signed delivery is not what GitHub sends; it is kept");
  return new ProblemDetail("invalid-delivery", `${message}. The delivery is kept as ${deliveryId}.`);
}

function invalid(message: string): { kind: "invalid"; message: string } {
  return { kind: "invalid", message };
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
