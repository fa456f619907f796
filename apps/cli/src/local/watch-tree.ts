import { watch } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openWorkingCopy } from "@fmg/git";

/** An editor writes several files for one save, and a checkout many. */
const QUIET_FOR_MS = 200;

/** Folders of which nothing is in a run. */
const ownFolders = new Set([".git", ".fmg"]);

/** What changed below a folder since it was asked for. */
export interface TreeWatch {
  /** The revision of the tree as it is now. */
  revision(): Promise<string>;
  /** Resolves with the paths that changed once the tree is another than the given one; never for files that are ignored. */
  changedFrom(revision: string, signal: AbortSignal): Promise<readonly string[]>;
  close(): void;
}

/** Watches a project's files, as far as they are in a run. */
export function watchTree(root: string): TreeWatch {
  let paths = new Set<string>();
  let ring = Promise.withResolvers<void>();
  const watcher = watch(root, { recursive: true }, (_event, name) => {
    if (name === null || ownFolders.has(name.split(sep)[0]!)) return;
    paths.add(name);
    ring.resolve();
  });
  // A folder that goes away while it is read is no reason to stop.
  watcher.on("error", () => undefined);

  async function revision(): Promise<string> {
    const scratch = await mkdtemp(join(tmpdir(), "fmg-watch-"));
    try {
      const { signal } = new AbortController();
      return (await openWorkingCopy({ root, scratch, signal })).sha;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  return {
    revision,
    async changedFrom(known, signal) {
      for (;;) {
        await Promise.race([ring.promise, aborted(signal)]);
        signal.throwIfAborted();
        await pause(QUIET_FOR_MS, undefined, { signal });
        ring = Promise.withResolvers();
        const seen = paths;
        paths = new Set();
        if ((await revision()) !== known) return [...seen];
      }
    },
    close: () => watcher.close(),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
