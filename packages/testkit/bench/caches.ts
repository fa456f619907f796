import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CacheKeyTemplate, StepPlan } from "@fmg/core";
import { aRunStep } from "@fmg/core/testing";
import { connectDocker, type ContainerEngine, type JobStores } from "@fmg/runner";
import { buildTestImages, testImages } from "../src/images/images.ts";
import { timeAttempt } from "./bare-attempt.ts";
import { diskStores } from "./cache-store.ts";
import { median, type Finding } from "./measure.ts";

const ROUNDS = 3;
const FILES = 2_000;
const DATA = "/var/cache/bench";

/** About 20 MB of lines that compress like sources do. Runs in busybox, in the container and beside it. */
const generate = (folder: string): string =>
  `mkdir -p ${folder}; i=0; while [ $i -lt 100 ]; do mkdir -p ${folder}/m$i; i=$((i+1)); done
awk 'BEGIN { srand(7); for (f = 0; f < ${FILES}; f++) {
  file = "${folder}/m" f % 100 "/file-" f ".js"
  for (l = 0; l < 100; l++) printf "export const value%d = compute(%d, { name: \\"the name of it\\", index: %d, enabled: true, list: [1, 2, 3] });\\n", l, rand() * 1000000, rand() * 1000 > file
  close(file)
} }'`;

type Times = Record<Measured, number[]>;
type Measured = "save" | "persist" | "restore" | "attach" | "tar in" | "tar out" | "with" | "without";

/** P12: caches and workspaces of many small files, on the disk, against `tar | zstd -3` on the same disk. */
export async function benchmarkCaches(): Promise<readonly Finding[]> {
  await buildTestImages(["busybox"]);
  const engine = connectDocker();
  const folder = await mkdtemp(join(tmpdir(), "fmg-bench-"));
  const names = ["save", "persist", "restore", "attach", "tar in", "tar out", "with", "without"] as const;
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Times;
  try {
    await shell(generate(join(folder, "tree")));
    for (let round = 0; round <= ROUNDS; round++) {
      const own = join(folder, String(round));
      const measured = { ...(await nativeRound(folder, own)), ...(await jobsRound(engine, diskStores(own))) };
      if (round > 0) for (const name of names) times[name].push(measured[name]);
      await rm(own, { recursive: true, force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return findings(times);
}

function findings(times: Times): readonly Finding[] {
  const finding = (what: string, measured: Measured, floor: Measured, atMost: number): Finding => ({
    goal: "P12",
    what,
    measured: median(times[measured]),
    floor: median(times[floor]),
    unit: "ms",
    atMost,
  });
  return [
    finding(`save_cache of ${FILES} files`, "save", "tar in", 1.5),
    finding("persist_to_workspace of the same", "persist", "tar in", 1.5),
    finding("restore_cache of the same", "restore", "tar out", 1.5),
    finding("attach_workspace of the same", "attach", "tar out", 1.5),
    finding("a job with a restore, against one without", "with", "without", 1.1),
  ];
}

async function nativeRound(folder: string, own: string): Promise<Record<"tar in" | "tar out", number>> {
  await mkdir(join(own, "out"), { recursive: true });
  return {
    "tar in": await timed(() => shell(`tar -c -C ${folder} tree | zstd -q -3 -o ${own}/tree.tar.zst`)),
    "tar out": await timed(() => shell(`zstd -q -d -c ${own}/tree.tar.zst | tar -x -C ${own}/out`)),
  };
}

async function jobsRound(
  engine: ContainerEngine,
  stores: JobStores,
): Promise<Omit<Record<Measured, number>, "tar in" | "tar out">> {
  const { busybox } = testImages;
  const key: CacheKeyTemplate = { text: "bench", parts: [{ kind: "text", text: "bench" }] };
  const common = { when: "on_success", range: nowhere } as const;
  const restore: StepPlan = { ...common, kind: "restore-cache", name: "restore", keys: [key] };
  const attach: StepPlan = { ...common, kind: "attach-workspace", name: "attach", at: DATA };
  const save: StepPlan = { ...common, kind: "save-cache", name: "save", key, paths: [DATA] };
  const persist: StepPlan = {
    ...common,
    kind: "persist-to-workspace",
    name: "persist",
    root: DATA,
    paths: ["."],
  };
  const job = async (...steps: StepPlan[]): Promise<{ all: number; steps: number[] }> => {
    const began = new Map<number, number>();
    const took: number[] = [];
    const all = await timeAttempt(engine, {
      image: busybox,
      steps,
      stores,
      async report(event) {
        if (event.kind === "step-started") began.set(event.step, performance.now());
        if (event.kind === "step-finished")
          took[event.step] = performance.now() - (began.get(event.step) ?? 0);
      },
    });
    return { all, steps: took };
  };
  const kept = await job(aRunStep(generate(DATA)), save, persist);
  const restored = await job(restore, aRunStep(`[ -s ${DATA}/m99/file-1999.js ]`));
  const attached = await job(attach, aRunStep(`[ -s ${DATA}/m99/file-1999.js ]`));
  const without = await job(aRunStep("true"));
  return {
    save: kept.steps[2]!,
    persist: kept.steps[3]!,
    restore: restored.steps[1]!,
    attach: attached.steps[1]!,
    with: restored.all,
    without: without.all,
  };
}

const nowhere = { file: "bench", start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };

/** busybox's shell, as in the container. */
async function shell(script: string): Promise<void> {
  await promisify(execFile)("/bin/busybox", ["sh", "-ec", script]);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
