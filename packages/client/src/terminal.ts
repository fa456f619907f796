import { Value } from "typebox/value";

import { TerminalEventShape, type TerminalEvent, type TerminalResize } from "./contract/debug.ts";
import { serviceRoutes } from "./contract/routes.ts";
import { ConnectionError } from "./errors.ts";
import type { Server } from "./request.ts";

/** How a terminal ended; with an exit code where its shell ended by itself. */
export type TerminalEnd = Omit<Extract<TerminalEvent, { kind: "end" }>, "kind">;

/** Takes the terminal's bytes as they come. */
export type OnOutput = (bytes: Uint8Array) => void;

/** The person's side of a debug session. */
export interface RemoteTerminal {
  /** What is written before the shell is there waits for it. */
  write(bytes: Uint8Array): void;
  resize(size: Omit<TerminalResize, "kind">): void;
  /** Leaves the shell, which ends with it. */
  close(): void;
  /** Rejects with `ConnectionError` when the connection broke. */
  readonly ended: Promise<TerminalEnd>;
}

/** Opens the terminal of a debug session, once. Node's own WebSocket takes the token as a header. */
export function openTerminal(server: Server, sessionId: number, onOutput: OnOutput): RemoteTerminal {
  const path = serviceRoutes.debugTerminal.path.replace(":id", String(sessionId));
  const url = `${server.serverUrl.replace(/^http/, "ws").replace(/\/+$/, "")}${path}`;
  const headers = server.token === undefined ? {} : { authorization: `Bearer ${server.token}` };
  const socket = new WebSocket(url, { headers });
  socket.binaryType = "arraybuffer";
  const opened = new Promise<void>((resolve) => socket.addEventListener("open", () => resolve()));
  const send = (message: string | Uint8Array<ArrayBuffer>): void =>
    void opened.then(() => {
      if (socket.readyState === socket.OPEN) socket.send(message);
    });
  const ended = new Promise<TerminalEnd>((resolve, reject) => {
    socket.addEventListener("message", ({ data }: { data: unknown }) => {
      if (data instanceof ArrayBuffer) return onOutput(new Uint8Array(data));
      const event: unknown = JSON.parse(String(data));
      if (!Value.Check(TerminalEventShape, event)) return;
      if (event.kind === "ready") return;
      const { kind: _, ...how } = event;
      resolve(how);
    });
    socket.addEventListener("close", ({ reason }) => {
      reject(
        new ConnectionError("unreachable", server.serverUrl, reason || "the terminal's connection broke"),
      );
    });
    // The close event follows, and says the same.
    socket.addEventListener("error", () => undefined);
  });
  return {
    write: (bytes) => send(new Uint8Array(bytes)),
    resize: (size) => send(JSON.stringify({ kind: "resize", ...size } satisfies TerminalResize)),
    close: () => socket.close(),
    ended,
  };
}
