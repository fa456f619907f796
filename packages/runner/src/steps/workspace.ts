import { posix } from "node:path";

import type { AttachWorkspaceStepPlan, PersistToWorkspaceStepPlan } from "@fmg/core";
import picomatch from "picomatch";
import type { Header } from "tar-stream";

import { compressed, decompressed } from "../archive/compress.ts";
import { repackTars, type TarSource } from "../archive/repack-tars.ts";
import { formatBytes, openTransfer } from "../archive/transfer.ts";
import { directoryWord } from "../row/sh-words.ts";
import { StepRefused, type OwnStep, type OwnStepContext } from "./own-step.ts";
import { placePath } from "./place-path.ts";
import { ownedBy } from "./restore-cache.ts";

/** Adds what matches the paths below a root to the workspace, as one layer. (R-WS-2, R-WS-3, R-WS-9) */
export function persistToWorkspace(index: number, step: PersistToWorkspaceStepPlan): OwnStep {
  return {
    probe: { script: "", args: [], program: [] },
    async carryOut(context) {
      const { say, attempt, place } = context;
      const root = placePath(place, step.root);
      const selection = openSelection(step.paths);
      await say(`Creating workspace archive of ${step.paths.join(", ")} in ${root}`);
      const transfer = openTransfer("Reading", say);
      const archive = transfer.watch(repackTars(layerOf(context, root, selection)));
      const { sizeBytes } = await attempt.input.stores.workspace.persist(
        index,
        compressed(refuseNothing(archive, selection, step, root)),
        // A name may show a secret, as output may. (SEC-6)
        () => attempt.journal.maskedText(selection.files().join("\0")).split("\0"),
      );
      for (const path of selection.unmatched())
        await say(`Warning: ${path} did not match any files in ${root}`);
      await say(
        `Workspace layer uploaded: ${selection.files().length} files, ${transfer.summary()}, ${formatBytes(sizeBytes)} stored`,
      );
    },
  };
}

/** Lays the layers of the jobs upstream into a folder, in order. (R-WS-4, R-WS-5, R-WS-6, R-WS-7) */
export function attachWorkspace(step: AttachWorkspaceStepPlan): OwnStep {
  const target = directoryWord(step.at, "here");
  return {
    probe: {
      script: `mkdir -p ${target} && cd ${target} && echo "path $(pwd -P)"`,
      args: [],
      program: ["enter", step.at],
    },
    async carryOut({ attempt, place, signal, say }) {
      const path = place.answer.find((line) => line.startsWith("path "))?.slice(5);
      if (path === undefined)
        throw new StepRefused(`The folder ${step.at} could not be made: ${place.faults}`);
      const found = await attempt.input.stores.workspace.layers();
      if (found.kind === "conflict") {
        const list = found.paths.map((each) => `\n  - ${each}`).join("");
        throw new StepRefused(
          `Concurrent upstream jobs persisted the same file(s) into the workspace:${list}`,
        );
      }
      if (found.layers.length === 0) await say("The workspace is empty: no job upstream persisted anything.");
      for (const layer of found.layers) {
        const transfer = openTransfer("Unpacking", say);
        const tar = transfer.watch(ownedBy(place, decompressed(layer.read())));
        await attempt.engine.putArchive(attempt.name, path, tar, signal);
        await say(`Applied the layer of ${layer.job} to ${path}: ${transfer.summary()}`);
      }
    },
  };
}

/** Which entries a layer takes, and which paths took any. */
interface Selection {
  takes(path: string): boolean;
  add(path: string): void;
  files(): readonly string[];
  unmatched(): readonly string[];
}

/** Go's `filepath.Match`: `*` stays within a folder, there is no `**`; a folder that matches is taken whole. */
function openSelection(paths: readonly string[]): Selection {
  const options = { dot: true, noglobstar: true, nobrace: true, noextglob: true, nonegate: true };
  const patterns = paths.map((path) => {
    const normal = posix.normalize(path).replace(/\/$/, "");
    return { path, matches: normal === "." ? () => true : picomatch(normal, options) };
  });
  const used = new Set<string>();
  const files: string[] = [];
  return {
    takes(path) {
      const ancestors = path.split("/").map((_part, at, all) => all.slice(0, at + 1).join("/"));
      const hits = patterns.filter(({ matches }) => ancestors.some((each) => matches(each)));
      for (const { path: pattern } of hits) used.add(pattern);
      return hits.length > 0;
    },
    add: (path) => files.push(path),
    files: () => files,
    unmatched: () => paths.filter((path) => !used.has(path)),
  };
}

async function* layerOf(
  { attempt, signal }: OwnStepContext,
  root: string,
  selection: Selection,
): AsyncGenerator<TarSource> {
  const tar = await attempt.engine.getArchive(attempt.name, root, signal);
  if (tar === undefined) throw new StepRefused(`The root ${root} does not exist.`);
  /** Folders on the way to something that is taken are written when that comes. */
  const waiting = new Map<string, Header>();
  const rewrite = (header: Header): Header[] => {
    const path = header.name.split("/").slice(1).join("/").replace(/\/$/, "");
    if (path === "") return [];
    const moved = { ...header, name: path };
    if (header.type === "link") moved.linkname = header.linkname.split("/").slice(1).join("/");
    if (!selection.takes(path)) {
      if (header.type === "directory") waiting.set(path, moved);
      return [];
    }
    if (header.type !== "directory") selection.add(path);
    return [...foldersAbove(path, waiting), moved];
  };
  yield { tar, rewrite };
}

function foldersAbove(path: string, waiting: Map<string, Header>): Header[] {
  return path.split("/").flatMap((_part, at, all) => {
    const folder = all.slice(0, at).join("/");
    const header = waiting.get(folder);
    waiting.delete(folder);
    return header === undefined ? [] : [header];
  });
}

/** A layer of nothing at all is a mistake of the config; it is found when the archive ends, before it is stored. (R-WS-2) */
async function* refuseNothing(
  archive: AsyncIterable<Uint8Array>,
  selection: Selection,
  step: PersistToWorkspaceStepPlan,
  root: string,
): AsyncGenerator<Uint8Array> {
  yield* archive;
  if (selection.unmatched().length === step.paths.length)
    throw new StepRefused(`The specified paths did not match any files in ${root}`);
}
