import type { JobStores, TestResult, TestTiming, WorkspaceLayer } from "../job-stores.ts";

/** Stores in memory, with one scope for all; what was stored may be looked at. */
export interface MemoryStores extends JobStores {
  readonly kept: {
    readonly caches: Map<string, Uint8Array>;
    readonly layers: (WorkspaceLayer & { readonly paths: readonly string[] })[];
    readonly artifacts: Map<string, Uint8Array>;
    readonly results: TestResult[];
  };
}

export function memoryStores(
  timings: readonly TestTiming[] = [],
  artifactLimitBytes = Number.MAX_SAFE_INTEGER,
): MemoryStores {
  const caches = new Map<string, Uint8Array>();
  const parts = new Map<string, Parameters<JobStores["caches"]["save"]>[1]>();
  const layers: (WorkspaceLayer & { paths: readonly string[] })[] = [];
  const artifacts = new Map<string, Uint8Array>();
  const results: TestResult[] = [];
  return {
    kept: { caches, layers, artifacts, results },
    tests: {
      async record(_step, ofStep) {
        results.push(...ofStep);
      },
      timings: async () => timings,
    },
    caches: {
      async find(prefix) {
        const key = [...caches.keys()].findLast((each) => each.startsWith(prefix));
        const bytes = key === undefined ? undefined : caches.get(key);
        if (key === undefined || bytes === undefined) return undefined;
        return { key, createdAt: Date.now(), sizeBytes: bytes.length, read: () => once(bytes) };
      },
      has: async (key) => caches.has(key),
      async save(key, ofKey, archive) {
        const bytes = await gather(archive);
        if (caches.has(key)) return { outcome: "exists", sizeBytes: bytes.length };
        caches.set(key, bytes);
        parts.set(key, ofKey);
        return { outcome: "saved", sizeBytes: bytes.length };
      },
      async nearest() {
        const last = [...parts].at(-1);
        return last === undefined ? undefined : { key: last[0], parts: last[1] };
      },
    },
    workspace: {
      layers: async () => ({ kind: "layers", layers }),
      async persist(step, archive, paths) {
        const bytes = await gather(archive);
        layers.push({
          job: `step ${step}`,
          sizeBytes: bytes.length,
          paths: paths(),
          read: () => once(bytes),
        });
        return { sizeBytes: bytes.length };
      },
    },
    artifacts: {
      async room() {
        const kept = [...artifacts.values()].reduce((sum, bytes) => sum + bytes.length, 0);
        return { leftBytes: artifactLimitBytes - kept, limitBytes: artifactLimitBytes };
      },
      async store(path, bytes) {
        artifacts.set(path, await gather(bytes));
        return { sizeBytes: artifacts.get(path)!.length };
      },
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
