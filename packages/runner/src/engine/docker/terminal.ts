import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

import type { ExecCommand, Terminal, TerminalSize } from "../container-engine.ts";
import { asContainerError, type Daemon } from "./daemon.ts";

/** The daemon notes an exec's end a moment after its connection has ended. */
const exitCodeTries = 20;
const exitCodeEveryMs = 50;

/** Runs a command on a terminal of its own; see the engine's contract. */
export async function openTerminal(
  daemon: Daemon,
  name: string,
  command: ExecCommand,
  size: TerminalSize,
  signal: AbortSignal,
): Promise<Terminal> {
  const doing = `opening a terminal in the container ${name}`;
  const call = async (method: "GET" | "POST", path: string, more: object = {}): Promise<unknown> => {
    try {
      return await daemon.call({ method, path, doing, alsoFine: [404, 409], ...more }, signal);
    } catch (thrown) {
      throw asContainerError(thrown, doing);
    }
  };
  const { id, connection } = await start(daemon, name, command, { doing, signal });
  const terminal: Terminal = {
    output: connection,
    write: (bytes) => void connection.write(bytes),
    async resize({ columns, rows }) {
      await call("POST", `/exec/${id}/resize`, { query: { w: columns, h: rows } });
    },
    async exitCode() {
      for (let left = exitCodeTries; left > 0; left--) {
        const facts = (await call("GET", `/exec/${id}/json`)) as {
          Running: boolean;
          ExitCode: number | null;
        };
        if (!facts.Running) return facts.ExitCode ?? undefined;
        await delay(exitCodeEveryMs, undefined, { signal });
      }
    },
    close: () => void connection.destroy(),
  };
  await terminal.resize(size);
  return terminal;
}

async function start(
  daemon: Daemon,
  name: string,
  command: ExecCommand,
  { doing, signal }: { doing: string; signal: AbortSignal },
): Promise<{ id: string; connection: Duplex }> {
  try {
    const body = {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      WorkingDir: "/",
      Cmd: command.argv,
      Env: command.environment.map((variable) => `${variable.name}=${variable.value}`),
      ...(command.user === undefined ? {} : { User: command.user }),
    };
    const made = await daemon.call({ method: "POST", path: `/containers/${name}/exec`, body, doing }, signal);
    const id = (made as { Id: string }).Id;
    const path = `/exec/${id}/start`;
    const connection = await daemon.hijack(
      { method: "POST", path, body: { Detach: false, Tty: true }, doing },
      signal,
    );
    // A connection that breaks ends the terminal, as its reader sees.
    connection.on("error", () => connection.destroy());
    return { id, connection };
  } catch (thrown) {
    throw asContainerError(thrown, doing);
  }
}
