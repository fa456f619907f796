import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { ParameterValue, PipelineValues } from "@fmg/core";
import type { Compilation } from "@fmg/parser";
import type { SoughtOrbs } from "@fmg/parser/node";

/** What is compiled: the text of one config, the values of its pipeline, and the orbs that it asked for. */
export interface CompileRequest extends SoughtOrbs {
  readonly text: string;
  readonly file: string;
  readonly pipeline: PipelineValues;
  /** Pipeline parameters that the trigger gives. */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** The one workflow that a schedule starts. */
  readonly scheduledWorkflow?: string;
  /** The config is the second of a dynamic pipeline. */
  readonly continuation?: boolean;
  /** Where the jobs of a setup config continue the pipeline. (R-DYN-13) */
  readonly continuationHost?: string;
  /** The operator's names of resource classes, beside CircleCI's. (R-RC-2) */
  readonly resourceClasses?: readonly string[];
}

/** Compiles configs of strangers in a thread of its own, so that a hostile one costs a deadline and nothing else. */
export interface ConfigCompiler {
  /** The compilation, or `too-expensive` when the config used up its time or memory. (SEC-11) */
  compile(request: CompileRequest): Promise<Compilation | "too-expensive">;
  close(): Promise<void>;
}

const DEADLINE_MS = 10_000;
const HEAP_MB = 256;

/** Keeps one warm worker; compilations take turns in it, and one that exceeds its limits takes it down with it. */
export function createConfigCompiler(options: { deadlineMs?: number } = {}): ConfigCompiler {
  let worker: Worker | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const run = async (request: CompileRequest): Promise<Compilation | "too-expensive"> => {
    worker ??= startWorker();
    const current = worker;
    const ended = new AbortController();
    try {
      current.postMessage(request);
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS)]);
      const [answer] = (await Promise.race([
        once(current, "message", { signal }),
        once(current, "exit", { signal }).then(() => ["too-expensive"]),
      ])) as [Compilation | "too-expensive"];
      if (answer === "too-expensive") worker = undefined;
      return answer;
    } catch (error) {
      worker = undefined;
      await current.terminate();
      if (isLimit(error)) return "too-expensive";
      throw error;
    } finally {
      ended.abort();
    }
  };

  return {
    compile(request) {
      const result = turn.then(() => run(request));
      turn = result.catch(() => undefined);
      return result;
    },
    async close() {
      await turn;
      await worker?.terminate();
    },
  };
}

function startWorker(): Worker {
  const extension = extname(import.meta.url);
  const worker = new Worker(new URL(`./compile-worker${extension}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    // Sources import sources, built files import built files.
    execArgv: extension === ".ts" ? ["--conditions=@fmg/source", "--no-warnings"] : [],
  });
  worker.unref();
  return worker;
}

function isLimit(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  return name === "AbortError" || name === "TimeoutError" || code === "ERR_WORKER_OUT_OF_MEMORY";
}
