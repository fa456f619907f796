import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";

import type { TestResult } from "../job-stores.ts";
import { JUnitRefused } from "./read-junit.ts";
import type { ResultsAnswer, ResultsRequest } from "./results-worker.ts";

/**
 * Reads results files, which are strangers' words, in a thread of its own: what a hostile one costs is a deadline and
 * the thread, and no other job waits for it. Close it at the end. (SEC-23)
 */
export interface ResultsReader {
  /** Throws `JUnitRefused` for what cannot be read, or not in time; the bytes may then be left half read. */
  read(
    bytes: AsyncIterator<Uint8Array>,
    request: ResultsRequest,
    signal: AbortSignal,
  ): Promise<readonly TestResult[]>;
  close(): Promise<void>;
}

/** For one piece of a file, of some 64 KB; a thread that says nothing for so long goes round in circles. */
const longestSilenceMs = 20_000;
const heapMb = 384;

export function openResultsReader(options: { silenceMs?: number } = {}): ResultsReader {
  const { silenceMs = longestSilenceMs } = options;
  let worker: Worker | undefined;

  /** One message, and the answer to it. */
  async function ask(
    message: ResultsRequest | Uint8Array<ArrayBuffer> | null,
    signal: AbortSignal,
  ): Promise<ResultsAnswer> {
    worker ??= startWorker();
    const current = worker;
    const ended = new AbortController();
    const late = AbortSignal.timeout(silenceMs);
    try {
      const answered = once(current, "message", { signal: AbortSignal.any([ended.signal, signal, late]) });
      current.postMessage(message, message instanceof Uint8Array ? [message.buffer] : []);
      const [answer] = (await answered) as [ResultsAnswer];
      return answer;
    } catch (thrown) {
      worker = undefined;
      await current.terminate();
      signal.throwIfAborted();
      if (late.aborted) throw new JUnitRefused(`it takes more than ${silenceMs / 1000} s to read`);
      if ((thrown as { code?: string }).code === "ERR_WORKER_OUT_OF_MEMORY")
        throw new JUnitRefused(`it takes more than ${heapMb} MB of memory to read`);
      throw thrown;
    } finally {
      ended.abort();
    }
  }

  return {
    async read(bytes, request, signal) {
      const found: TestResult[] = [];
      let answer = await ask(request, signal);
      for (;;) {
        switch (answer.kind) {
          case "more": {
            const next = await bytes.next();
            // A copy: only a buffer of its own can be given away.
            answer = await ask(next.done === true ? null : new Uint8Array(next.value), signal);
            break;
          }
          case "some":
            found.push(...answer.results);
            answer = await ask(null, signal);
            break;
          case "end":
            return found;
          case "refused":
            throw new JUnitRefused(answer.message);
        }
      }
    },
    async close() {
      await worker?.terminate();
    },
  };
}

function startWorker(): Worker {
  const extension = extname(import.meta.url);
  const worker = new Worker(new URL(`./results-worker${extension}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
    // Sources import sources, built files import built files.
    execArgv: extension === ".ts" ? ["--conditions=@fmg/source", "--no-warnings"] : [],
  });
  worker.unref();
  return worker;
}
