import type { Ui } from "../ui.ts";
import { openTerminalFilter } from "./terminal-filter.ts";

/** Writes a log's bytes: as they are into a pipe or file, made safe on a terminal. */
export interface LogWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Ends an unfinished last line and its colours, so that what follows stands by itself; on a terminal only. */
  end(): Promise<void>;
}

const lineFeed = 0x0a;

export function openLogWriter(ui: Ui): LogWriter {
  if (!ui.terminal) return { write: (bytes) => ui.bytes(bytes), end: () => Promise.resolve() };
  const filter = openTerminalFilter({ color: ui.color });
  let last: number = lineFeed;
  return {
    async write(bytes) {
      const safe = filter.push(bytes);
      last = safe.at(-1) ?? last;
      await ui.bytes(safe);
    },
    end: () => ui.bytes(Buffer.from((ui.color ? "\u001b[0m" : "") + (last === lineFeed ? "" : "\n"))),
  };
}
