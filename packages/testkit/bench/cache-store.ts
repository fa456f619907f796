import type { JobStores } from "@fmg/runner";
import { memoryStores } from "@fmg/runner/testing";
import { openBlobStore } from "@fmg/storage";

/** Stores whose caches and workspace layers are blobs on the disk, as the server keeps them; without its database. */
export function diskStores(folder: string): JobStores {
  const blobs = openBlobStore(folder);
  const caches = new Map<string, { readonly digest: string; readonly sizeBytes: number }>();
  const layers: { readonly digest: string; readonly sizeBytes: number }[] = [];
  return {
    ...memoryStores(),
    caches: {
      async find(prefix) {
        const found = [...caches].find(([key]) => key.startsWith(prefix));
        if (found === undefined || (await blobs.verify(found[1].digest)) !== "intact") return undefined;
        const [key, { digest, sizeBytes }] = found;
        return { key, createdAt: Date.now(), sizeBytes, read: () => blobs.read(digest) };
      },
      has: async (key) => caches.has(key),
      async save(key, _parts, archive) {
        const blob = await blobs.put(archive);
        caches.set(key, blob);
        return { outcome: "saved", sizeBytes: blob.sizeBytes };
      },
      nearest: async () => undefined,
    },
    workspace: {
      async layers() {
        const found = layers.map(({ digest, sizeBytes }) => {
          return { job: "bench", sizeBytes, read: () => blobs.read(digest) };
        });
        return { kind: "layers", layers: found };
      },
      async persist(_step, archive) {
        const blob = await blobs.put(archive);
        layers.push(blob);
        return { sizeBytes: blob.sizeBytes };
      },
    },
  };
}
