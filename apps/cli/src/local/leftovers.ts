import { randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  isDeadOwner,
  listOwn,
  ownerName,
  removeOwn,
  type ContainerEngine,
  type OwnResource,
} from "@fmg/runner";
import { readStates, removeState, writeState } from "./stores/state-file.ts";

/** A run that has, or had, containers: its process, and whether they stay for a look after it. */
interface LiveRun {
  readonly instance: string;
  readonly owner: string;
  readonly root: string;
  readonly isKept: boolean;
}

/** The name of one run's containers. */
export interface Instance {
  readonly name: string;
  /** Removes them all. */
  end(engine: ContainerEngine): Promise<void>;
  /** They stay until the next run of the same folder. */
  keep(): Promise<void>;
}

/** Names a run's containers, written down before the first of them, so that whoever comes later finds them. */
export async function openInstance(stateRoot: string, root: string): Promise<Instance> {
  const name = `local-${randomBytes(4).toString("hex")}`;
  const file = join(stateRoot, "live", `${name}.json`);
  const noted: LiveRun = { instance: name, owner: ownerName(), root, isKept: false };
  await writeState(file, noted);
  return {
    name,
    keep: () => writeState(file, { ...noted, isKept: true }),
    async end(engine) {
      await removeAll(engine, name);
      await removeState(file);
    },
  };
}

/**
 * Removes what runs left whose process is dead: one that was killed could not, and one with `--keep` did not want to, which counts
 * until the next run of its folder. Returns how many things were removed.
 */
export async function removeLeftovers(
  engine: ContainerEngine,
  stateRoot: string,
  root: string,
): Promise<number> {
  let removed = 0;
  for (const left of await findLeftovers(engine, stateRoot)) {
    if (!left.isKept || left.root === root) removed += await left.remove();
  }
  return removed;
}

/** What a run left in Docker: its process is dead. */
export interface Leftover {
  readonly root: string;
  readonly isKept: boolean;
  readonly resources: readonly OwnResource[];
  /** Removes all of it; returns how many things it were. */
  remove(): Promise<number>;
}

/** What all dead runs left, those with `--keep` too; nothing is touched. */
export async function findLeftovers(
  engine: ContainerEngine,
  stateRoot: string,
): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  for (const { file, state } of await readStates(join(stateRoot, "live"))) {
    const { owner, root, isKept, instance } = state as LiveRun;
    if (!isDeadOwner(owner)) continue;
    const remove = async (): Promise<number> => {
      const removed = await removeAll(engine, instance);
      await removeState(file);
      return removed;
    };
    found.push({ root, isKept, resources: await listOwn(engine, instance), remove });
  }
  return found;
}

/** What was being made while the rest was removed shows in the next look. */
const mostLooks = 5;

/** Everything that bears the instance's name, containers before the volumes that they use. */
async function removeAll(engine: ContainerEngine, instance: string): Promise<number> {
  let removed = 0;
  for (let look = 0; look < mostLooks; look++) {
    const own = await listOwn(engine, instance);
    if (own.length === 0) break;
    for (const kind of ["container", "volume"] as const) {
      const ofKind = own.filter((each) => each.kind === kind);
      await Promise.all(ofKind.map((each) => removeOwn(engine, each)));
    }
    removed += own.length;
  }
  return removed;
}
