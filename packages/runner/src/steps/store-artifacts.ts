import { posix } from "node:path";

import type { StoreArtifactsStepPlan } from "@fmg/core";
import { entriesOf, type Entry } from "../archive/repack-tars.ts";
import { formatBytes, openTransfer } from "../archive/transfer.ts";
import { StepRefused, type OwnStep, type OwnStepContext } from "./own-step.ts";
import { placePath } from "./place-path.ts";

/** Files of one step that are kept; more is told, and left out. */
const mostArtifacts = 10_000;
const largestArtifactBytes = 3e9;
/** Files that are told one by one when they are left out. */
const mostTold = 100;

/** Keeps a file, or the files of a folder, each by itself. (R-ART-1, R-ART-2) */
export function storeArtifacts(step: StoreArtifactsStepPlan): OwnStep {
  return {
    probe: { script: "", args: [], program: [] },
    async carryOut(context) {
      const { attempt, place, say, signal } = context;
      const source = placePath(place, step.path);
      const tar = await attempt.engine.getArchive(attempt.name, source, signal);
      if (tar === undefined) {
        await say(`No artifact files found at ${source}`);
        return;
      }
      await say(`Uploading ${source} to ${destinationOf(step)}`);
      const uploads = openUploads(context, step, {
        source,
        ...(await attempt.input.stores.artifacts.room()),
      });
      for await (const entry of entriesOf(tar)) await uploads.take(entry);
      await uploads.followLinks();
      await say(uploads.summary());
    },
  };
}

/** Without a destination the path's own text, from the home or the root on. */
function destinationOf({ destination, path }: StoreArtifactsStepPlan): string {
  if (destination !== undefined) return destination.replace(/^\/+|\/+$/g, "");
  return posix.normalize(path.replace(/^~?\/+/, "")).replace(/\/$/, "");
}

function openUploads(
  { attempt, say, signal }: OwnStepContext,
  step: StoreArtifactsStepPlan,
  { source, leftBytes, limitBytes }: { source: string; leftBytes: number; limitBytes: number },
): {
  take(entry: Entry): Promise<void>;
  followLinks(): Promise<void>;
  summary(): string;
} {
  const { artifacts } = attempt.input.stores;
  const destination = destinationOf(step);
  const transfer = openTransfer("Uploading", say);
  const links: { path: string; target: string }[] = [];
  let count = 0;
  let keptBytes = 0;
  let leftOut = 0;

  /** Why a file of that size is not kept; undefined when it is. */
  function refusal(size: number): string | undefined {
    if (size > largestArtifactBytes) return `is larger than ${formatBytes(largestArtifactBytes)}`;
    if (keptBytes + size > leftBytes)
      return `is more than the ${formatBytes(limitBytes)} that the artifacts of a job may have`;
    return count >= mostArtifacts ? `is one more than the ${mostArtifacts} that a step keeps` : undefined;
  }

  async function store(path: string, entry: Entry): Promise<void> {
    const { size } = entry.header;
    const why = refusal(size);
    if (why !== undefined) {
      entry.resume();
      // A line each would be a log of its own where a job makes a million of them.
      if (leftOut < mostTold) await say(`Warning: ${path} (${formatBytes(size)}) ${why}, and is left out.`);
      leftOut++;
      return;
    }
    count++;
    keptBytes += size;
    // A name may show a secret, as output may. (SEC-6)
    await artifacts.store(
      attempt.journal.maskedText(safePath(path)),
      transfer.watch(entry as AsyncIterable<Uint8Array>),
    );
  }

  return {
    async take(entry) {
      const { name, type, linkname } = entry.header;
      const below = name.split("/").slice(1).join("/");
      const path = below === "" ? destination : posix.join(destination, below);
      if (type === "file") return store(path, entry);
      entry.resume();
      if (links.length >= mostArtifacts) return;
      const own = below === "" ? source : posix.join(source, below);
      if (type === "symlink") links.push({ path, target: posix.resolve(posix.dirname(own), linkname) });
      // A second name of a file: asked for by itself it comes as a file.
      if (type === "link") links.push({ path, target: own });
    },
    // One step on the way only: what is a link again, or gone, is left out. (R-ART-4)
    async followLinks() {
      for (const { path, target } of links) {
        const tar = await attempt.engine.getArchive(attempt.name, target, signal);
        if (tar === undefined) continue;
        for await (const entry of entriesOf(tar)) {
          if (entry.header.type !== "file") break;
          await store(path, entry);
        }
      }
    },
    summary() {
      const rest = leftOut === 0 ? "" : `; ${leftOut} left out`;
      return `Stored ${count} artifacts, ${transfer.summary()}${rest}`;
    },
  };
}

/** A name that people and file systems can bear; where it is kept does not depend on it. (SEC-15) */
function safePath(path: string): string {
  const isSafe = path.length <= 1000 && !/\p{Cc}/u.test(path) && !path.split("/").includes("..");
  if (isSafe && path !== "") return path;
  throw new StepRefused(`The artifact ${JSON.stringify(path.slice(0, 100))} has a name that cannot be kept.`);
}
