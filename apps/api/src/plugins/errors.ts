import type { Socket } from "node:net";
import { problems, type ProblemCode } from "@fmg/client";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { fastifyPlugin } from "fastify-plugin";
import { ProblemDetail, problemDocument, problemType } from "../problem.ts";

/** Every refusal leaves as a problem document; what was not foreseen is logged whole and told without detail. */
export const errors = fastifyPlugin(async (app: FastifyInstance) => {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) =>
    answerError(
      new ProblemDetail("not-found", `There is no ${request.method} ${pathOf(request)}`),
      request,
      reply,
    ),
  );
});

/** Answers an error; also for those that come before there is a route. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, detail } = explain(error);
  if (code === "internal") request.log.error({ err: error }, "a request failed");
  const document = problemDocument(code, { detail, instance: pathOf(request), requestId: request.id });
  return reply.status(document.status).type(problemType).serializer(JSON.stringify).send(document);
}

/** What HTTP itself cannot read has no request: the answer is written to the socket. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = clientErrors[error.code ?? ""] ?? "invalid-request";
  const body = JSON.stringify(problemDocument(code, { requestId: "none" }));
  const head = [
    `HTTP/1.1 ${problems[code].status} ${problems[code].title}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const clientErrors: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};

const byStatus: Readonly<Record<number, ProblemCode>> = {
  404: "not-found",
  408: "request-timeout",
  413: "body-too-large",
  414: "uri-too-long",
  415: "unsupported-media-type",
  431: "headers-too-large",
  503: "unavailable",
};

function explain(error: unknown): { code: ProblemCode; detail?: string | undefined } {
  if (error instanceof ProblemDetail) return { code: error.code, detail: error.message };
  const { validation, statusCode = 500, message } = error as Partial<FastifyError>;
  if (validation !== undefined) return { code: "invalid-request", detail: message };
  // Fastify's own refusals say what is wrong with the request; other errors may say what is wrong with us.
  if (statusCode >= 500) return { code: statusCode === 503 ? "unavailable" : "internal" };
  return { code: byStatus[statusCode] ?? "invalid-request", detail: message };
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0]?.slice(0, 500) ?? "/";
}
