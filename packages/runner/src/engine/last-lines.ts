import type { ContainerEngine } from "./container-engine.ts";

const keptBytes = 8_192;
const shownLines = 10;

/** The newest bytes of some output, and of those the last lines that say something. */
export interface LastLines {
  add(bytes: Uint8Array): void;
  lines(): readonly string[];
}

export function keepLastLines(): LastLines {
  let kept = Buffer.alloc(0);
  return {
    add(bytes) {
      kept = Buffer.concat([kept, bytes]).subarray(-keptBytes);
    },
    lines() {
      const lines = kept.toString("utf8").split("\n");
      return lines.filter((line) => line.trim() !== "").slice(-shownLines);
    },
  };
}

/** What the process of an ended container said last. */
export async function readLastLines(
  engine: ContainerEngine,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const last = keepLastLines();
  for await (const { bytes } of engine.readLog(name, signal)) last.add(bytes);
  return last.lines();
}

/** ` Its last lines:` and the lines below it; nothing if there are none. */
export function tellLastLines(lines: readonly string[]): string {
  return lines.length === 0 ? "" : [" Its last lines:", ...lines].join("\n  ");
}
