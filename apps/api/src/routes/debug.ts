import { routes, serviceRoutes } from "@fmg/client";
import {
  createDebugSession,
  getDebugSession,
  getPipeline,
  inTransaction,
  prolongKeep,
  recordAudit,
  type AttemptRow,
  type DebugSession,
} from "@fmg/db";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Adapters } from "../adapters.ts";
import { joinTerminal } from "../debug/join-terminal.ts";
import { attemptOr404 } from "../find.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { checked, serve, serveRaw } from "../serve.ts";

const MINUTE_MS = 60_000;
const defaultMinutes = 30;

/** Shells in the containers of attempts: asked for and written down here, opened by the orchestrator that has the container. */
export async function debugRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db, now } = adapters;

  serve(app, routes.openDebugSession, ({ params, body }, request) =>
    inTransaction(db, () => {
      const { attempt, pipelineId } = attemptOr404(db, params.id);
      if (getPipeline(db, pipelineId)?.trust !== "own") {
        throw new ProblemDetail("forbidden", "No shell is opened for a fork's pull request.");
      }
      const openedAt = now();
      const expiresAt = openedAt + (body.minutes ?? defaultMinutes) * MINUTE_MS;
      assertThere(adapters, attempt, expiresAt);
      const actor = actorOf(db, request);
      const session = createDebugSession(db, {
        attemptId: attempt.id,
        tokenId: actor.tokenId,
        openedAt,
        expiresAt,
      });
      const target = `attempt ${attempt.id}`;
      recordAudit(db, { ...actor, at: openedAt, action: "debug.open", target, detail: null });
      return sessionToWire(session);
    }),
  );

  serveRaw(app, serviceRoutes.debugTerminal, {
    success: { 101: { "application/octet-stream": serviceRoutes.debugTerminal.reply } },
    handler: () => {
      throw new ProblemDetail("invalid-request", "This is a WebSocket: ask for an upgrade.");
    },
    webSocket: (socket, request) => {
      const session = sessionOf(adapters, request);
      if (session === undefined) socket.close(1008, "There is no such session of this token.");
      else void joinTerminal(adapters, session, socket, request);
    },
  });
}

/** The container must run or be kept, and a kept one stays for as long as the session may last. */
function assertThere({ db, now }: Adapters, attempt: AttemptRow, until: number): void {
  if (attempt.status === "running" || prolongKeep(db, attempt.id, { until, now: now() })) return;
  throw new ProblemDetail(
    "conflict",
    `The container of attempt ${attempt.id} is not there. FMG_KEEP_FAILED_FOR keeps those of failed jobs; POST /api/v1/attempts/<id>/keep does it for one that runs.`,
  );
}

/** The open session of the address, if the request's token is the one that asked for it. */
function sessionOf({ db, now }: Adapters, request: FastifyRequest): DebugSession | undefined {
  const { params } = checked<typeof serviceRoutes.debugTerminal>(request);
  const session = getDebugSession(db, params.id);
  const isOpen = session?.closedAt === null && session.owner === null && session.expiresAt > now();
  return isOpen && session.tokenId === actorOf(db, request).tokenId ? session : undefined;
}

function sessionToWire({ id, attemptId, openedAt, expiresAt }: DebugSession) {
  const [opened, expires] = [openedAt, expiresAt].map((at) => new Date(at).toISOString());
  return { id, attemptId, openedAt: opened ?? "", expiresAt: expires ?? "" };
}
