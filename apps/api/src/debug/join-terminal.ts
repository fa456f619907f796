import { TerminalResizeShape, type TerminalEvent } from "@fmg/client";
import type { DebugSession } from "@fmg/db";
import type { TerminalEnd, TerminalMessage } from "@fmg/queue";
import type { WebSocket } from "@fastify/websocket";
import type { FastifyRequest } from "fastify";
import { Value } from "typebox/value";
import type { Adapters } from "../adapters.ts";
import { callerOf, mayDo } from "../plugins/auth.ts";

/** An orchestrator that has the container says so within a second; after this, none has. */
const readyWithinMs = 15_000;
/** So often the other side hears that somebody is there, and the token is looked at again. */
const aliveEveryMs = 15_000;

/**
 * Passes the bytes of one terminal between a WebSocket and the shell's side. The socket is closed with the shell, and the
 * shell is told to leave with the socket, or when the token is no longer what it was.
 */
export async function joinTerminal(
  { terminals, db, log }: Adapters,
  session: DebugSession,
  socket: WebSocket,
  request: FastifyRequest,
): Promise<void> {
  const early: TerminalMessage<"shell">[] = [];
  let isReady = false;
  let end: TerminalEnd<"person"> | undefined;
  const tell = (event: TerminalEvent): void => socket.send(JSON.stringify(event));
  /** What is typed before the shell is there waits for it. */
  const toShell = (message: TerminalMessage<"shell">): void => {
    if (isReady) end?.say(message);
    else if (early.length < 100) early.push(message);
  };

  const notReady = setTimeout(() => {
    tell({ kind: "end", why: "no orchestrator that has the container answered" });
    socket.close(1013, "no orchestrator");
  }, readyWithinMs);
  const alive = setInterval(() => {
    const caller = callerOf(db, request);
    if (caller !== undefined && mayDo(caller, "admin")) end?.say({ kind: "alive" });
    else socket.close(1008, "the token is not valid any more");
  }, aliveEveryMs);
  socket.on("message", (bytes: Buffer, isBinary: boolean) => {
    if (isBinary) return toShell({ kind: "input", bytes: bytes.toString("base64") });
    const size = parsed(bytes.toString());
    if (Value.Check(TerminalResizeShape, size)) toShell(size);
  });
  socket.on("error", (error) => log.debug({ err: error, sessionId: session.id }, "a terminal broke"));
  socket.on("close", () => {
    clearTimeout(notReady);
    clearInterval(alive);
    end?.say({ kind: "leave", why: "the person left" });
    end?.leave();
  });

  end = await terminals.join(session.id, "person", (message) => {
    switch (message.kind) {
      case "ready":
        clearTimeout(notReady);
        isReady = true;
        tell({ kind: "ready" });
        for (const waiting of early.splice(0)) end?.say(waiting);
        return;
      case "output": {
        const bytes = Buffer.from(message.bytes, "base64");
        socket.send(bytes, () => end?.say({ kind: "heard", count: bytes.length }));
        return;
      }
      case "end": {
        const { kind, why, exitCode } = message;
        tell({ kind, why, ...(exitCode === undefined ? {} : { exitCode }) });
        socket.close(1000);
      }
    }
  });
  if (socket.readyState === socket.OPEN) terminals.ask(session.id);
  else end.leave();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not ours to understand.
    return undefined;
  }
}
