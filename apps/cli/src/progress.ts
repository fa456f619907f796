import { bytesText } from "./format.ts";
import type { Ui } from "./ui.ts";

/** Shown while bytes come or go; a short transfer shows nothing, and neither does one that no terminal sees. */
export interface Progress {
  /** Passes bytes on and counts them. */
  of(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** Takes the bar away, before a line is printed or at the end. */
  clear(): void;
}

/** How far a transfer is. */
export interface Transfer {
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
}

/** A transfer that is over sooner needs no bar. */
const patienceMs = 300;
const drawEveryMs = 100;
const barWidth = 20;

/** Watches a transfer of so many bytes. `now` counts milliseconds. */
export function openProgress(ui: Pick<Ui, "bar">, total: number, now = () => performance.now()): Progress {
  const start = now();
  let done = 0;
  let drawnAt = start + patienceMs - drawEveryMs;
  const draw = (): void => {
    const at = now();
    if (at - drawnAt < drawEveryMs) return;
    drawnAt = at;
    ui.bar?.draw((columns) => progressLine({ done, total, elapsedMs: at - start }, columns));
  };
  return {
    async *of(bytes) {
      for await (const chunk of bytes) {
        done += chunk.length;
        draw();
        yield chunk;
      }
    },
    clear: () => ui.bar?.clear(),
  };
}

/** `██████████░░░░░░░░░░  50 %  1.2 MB of 2.4 MB  600.0 KB/s`; on a narrow terminal its end is left out. */
export function progressLine({ done, total, elapsedMs }: Transfer, columns: number): string {
  // A file may have grown since it was counted.
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * barWidth);
  const parts = [
    "█".repeat(filled) + "░".repeat(barWidth - filled),
    `${Math.floor(share * 100)} %`.padStart(5),
    `${bytesText(done)} of ${bytesText(total)}`,
    `${bytesText(Math.round((done * 1000) / Math.max(1, elapsedMs)))}/s`,
  ];
  while (parts.length > 1 && parts.join("  ").length >= columns) parts.pop();
  return parts.join("  ");
}
