import { Readable, type Duplex } from "node:stream";

import { FmgError } from "@fmg/core";
import Docker from "dockerode";

/** One request to the daemon's HTTP API, and what may come of it. */
export interface DaemonCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  /** A tar to upload. */
  readonly upload?: Readable;
  /** `X-Registry-Auth`. */
  readonly registryAuth?: object;
  /** Answers beside 200, 201 and 204 that are fine. */
  readonly alsoFine?: readonly number[];
  /** For the error's message: `creating container x`. */
  readonly doing: string;
}

/** The daemon's HTTP API. Refusals are `DaemonRefusal`, silence is `FmgError` `docker_unavailable`, an abort is itself. */
export interface Daemon {
  /** The parsed answer; `undefined` where it has no body or is `alsoFine`. */
  call(call: DaemonCall, signal: AbortSignal): Promise<unknown>;
  /** A streamed answer; the reader destroys it when done. */
  stream(call: DaemonCall, signal: AbortSignal): Promise<Readable>;
  /** The raw connection after an upgrade. */
  hijack(call: DaemonCall, signal: AbortSignal): Promise<Duplex>;
}

/** The daemon answered, and said no. */
export class DaemonRefusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string, options: { cause: unknown }) {
    super(message, options);
    this.name = "DaemonRefusal";
    this.statusCode = statusCode;
  }
}

/** A daemon that takes longer than this over one answer is treated as one that does not answer. */
const answerTimeoutMs = 120_000;

/** Finds the daemon as Docker's own command line does: DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH. */
export function openDaemon(options: Docker.DockerOptions): Daemon {
  const { modem } = new Docker(options);

  function dial<T>(
    call: DaemonCall,
    kind: { isStream: boolean; hijack?: boolean },
    signal: AbortSignal,
  ): Promise<T> {
    const { method, path, query, body, upload, registryAuth } = call;
    const fine = [200, 201, 204, ...(call.alsoFine ?? [])];
    const statusCodes = Object.fromEntries(fine.map((code) => [code, true]));
    const request = {
      method,
      path: query === undefined ? path : `${path}?`,
      // The modem takes the query and the body apart only by these names.
      options: { _query: query ?? {}, _body: body ?? {} },
      ...(upload === undefined ? {} : { file: upload }),
      ...(registryAuth === undefined ? {} : { authconfig: registryAuth }),
      statusCodes,
      allowEmpty: true,
      abortSignal: signal,
      ...kind,
    };
    return new Promise<T>((resolve, reject) => {
      modem.dial(request, (error: unknown, answer: unknown) => {
        if (error == null) resolve(answer as T);
        else reject(asDaemonError(error, call.doing, signal));
      });
    });
  }

  return {
    async call(call, signal) {
      const timeout = AbortSignal.timeout(answerTimeoutMs);
      try {
        const answer = await dial(
          call,
          { isStream: false },
          call.upload ? signal : AbortSignal.any([signal, timeout]),
        );
        return Buffer.isBuffer(answer) ? undefined : answer;
      } catch (thrown) {
        if (timeout.aborted && !signal.aborted) throw unavailable(call.doing, timeout.reason);
        throw thrown;
      }
    },
    stream: (call, signal) => dial(call, { isStream: true }, signal),
    hijack: (call, signal) => dial(call, { isStream: true, hijack: true }, signal),
  };
}

function asDaemonError(thrown: unknown, doing: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const { statusCode, json, message } = thrown as { statusCode?: number; json?: unknown; message?: string };
  if (statusCode === undefined) return unavailable(doing, thrown);
  const said = (json as { message?: string } | null | undefined)?.message ?? message ?? "no reason given";
  return new DaemonRefusal(statusCode, said.trim(), { cause: thrown });
}

function unavailable(doing: string, cause: unknown): FmgError {
  const said = (cause as { message?: string } | undefined)?.message ?? String(cause);
  return new FmgError("docker_unavailable", `Docker did not answer while ${doing}: ${said}`, { cause });
}

/** A refusal in the words of the engine's contract; anything else as it is. */
export function asContainerError(thrown: unknown, doing: string): unknown {
  if (!(thrown instanceof DaemonRefusal)) return thrown;
  const code = /no space left on device/i.test(thrown.message) ? "disk_full" : "container_failed";
  return new FmgError(code, `Docker refused ${doing}: ${thrown.message}`, { cause: thrown });
}
