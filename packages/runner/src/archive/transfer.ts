/** A line for people is told this often while a transfer goes on. */
const tellEveryMs = 5_000;

/** Counts what passes, and tells of a long transfer now and then. */
export interface Transfer {
  watch(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** `12.3 MB in 1.2 s (10.2 MB/s)`. */
  summary(): string;
}

export function openTransfer(what: string, say: (line: string) => Promise<void>): Transfer {
  const startedAt = performance.now();
  let toldAt = startedAt;
  let passed = 0;
  return {
    async *watch(bytes) {
      for await (const chunk of bytes) {
        passed += chunk.length;
        const now = performance.now();
        if (now - toldAt >= tellEveryMs) {
          toldAt = now;
          await say(`${what}: ${formatBytes(passed)} so far`);
        }
        yield chunk;
      }
    },
    summary() {
      const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
      return `${formatBytes(passed)} in ${seconds.toFixed(1)} s (${formatBytes(passed / seconds)}/s)`;
    },
  };
}

/** `812 B`, `3.4 KB`, `12.3 MB`, `1.2 GB`; a KB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
