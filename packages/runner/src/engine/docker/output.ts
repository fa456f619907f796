import { Socket } from "node:net";
import { addAbortSignal, type Duplex, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { isFmgError } from "@fmg/core";

import type { ExecCommand, ExecOutput } from "../container-engine.ts";
import { asContainerError, DaemonRefusal, type Daemon } from "./daemon.ts";
import { demultiplex } from "./demultiplex.ts";

/** A silent connection is asked for signs of life this often. */
const keepAliveMs = 15_000;

/** Runs a command and yields its output; see the engine's contract. */
export async function* attachedExec(
  daemon: Daemon,
  name: string,
  command: ExecCommand,
  signal: AbortSignal,
): AsyncGenerator<ExecOutput> {
  const connection = await startExec(daemon, name, command, signal);
  if (command.input !== undefined) feed(connection, command.input);
  yield* outputOf(connection, signal);
}

/** Writes what comes until it ends or the connection does; its reader hears of a broken one. */
function feed(connection: Duplex, input: AsyncIterable<Uint8Array>): void {
  pipeline(input, connection).catch(() => undefined);
}

/** The log of a container's own process, from its first byte on; goes on while it runs. */
export async function* followedLog(
  daemon: Daemon,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<ExecOutput> {
  const doing = `reading the log of the container ${name}`;
  const query = { follow: true, stdout: true, stderr: true };
  let answer: Readable;
  try {
    answer = await daemon.stream({ method: "GET", path: `/containers/${name}/logs`, query, doing }, signal);
  } catch (thrown) {
    if (thrown instanceof DaemonRefusal && thrown.statusCode === 404) return;
    throw asContainerError(thrown, doing);
  }
  yield* outputOf(answer, signal);
}

/** The frames of a connection until it ends or breaks. */
async function* outputOf(connection: Readable, signal: AbortSignal): AsyncGenerator<ExecOutput> {
  addAbortSignal(signal, connection);
  keepAlive(connection);
  try {
    yield* demultiplex(connection);
  } catch (thrown) {
    signal.throwIfAborted();
    if (isFmgError(thrown)) throw thrown;
    // The connection broke: an end like any other. The caller looks at the container.
  } finally {
    connection.destroy();
  }
}

/** Has a silent connection asked for signs of life, so that a dead one is found. */
function keepAlive(connection: Readable): void {
  const socket = "socket" in connection ? connection.socket : connection;
  if (socket instanceof Socket) socket.setKeepAlive(true, keepAliveMs);
}

async function startExec(
  daemon: Daemon,
  name: string,
  command: ExecCommand,
  signal: AbortSignal,
): Promise<Duplex> {
  const doing = `running ${command.argv[0]} in the container ${name}`;
  try {
    const made = await daemon.call(
      {
        method: "POST",
        path: `/containers/${name}/exec`,
        body: {
          AttachStdin: command.input !== undefined,
          AttachStdout: true,
          AttachStderr: true,
          Tty: false,
          WorkingDir: "/",
          Cmd: command.argv,
          Env: command.environment.map((variable) => `${variable.name}=${variable.value}`),
          ...(command.user === undefined ? {} : { User: command.user }),
        },
        doing,
      },
      signal,
    );
    const path = `/exec/${(made as { Id: string }).Id}/start`;
    const body = { Detach: false, Tty: false };
    return await daemon.hijack({ method: "POST", path, body, doing }, signal);
  } catch (thrown) {
    throw asContainerError(thrown, doing);
  }
}
