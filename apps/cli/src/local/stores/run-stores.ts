import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildJobPlan } from "@fmg/core";
import { openBlobStore } from "@fmg/storage";
import type { RunRecord } from "../board.ts";
import type { Project } from "../project.ts";
import { keepResult, resultKey, type EarlierResult } from "./earlier-results.ts";
import { fileNameFor, type RunStores } from "./job-stores.ts";
import { sweepState } from "./sweep-state.ts";

/** So many runs' logs are kept. */
const LOGS_OF_RUNS = 10;

export interface StoresWish {
  /** Undefined: `.fmg/artifacts` in the project. */
  readonly artifacts: string | undefined;
  readonly earlier: ReadonlyMap<string, EarlierResult>;
  /** The jobs that are to run. */
  readonly jobs: readonly BuildJobPlan[];
}

/** Where the jobs of a run keep things. Our own folder of artifacts holds what the last run of each job left. */
export async function openRunStores(project: Project, wish: StoresWish): Promise<RunStores> {
  const artifactFolder = wish.artifacts ?? join(project.outFolder, "artifacts");
  const storing = wish.jobs.filter(({ steps }) => steps.some(({ kind }) => kind === "store-artifacts"));
  if (wish.artifacts === undefined && storing.length > 0) {
    await mkdir(project.outFolder, { recursive: true });
    await writeFile(join(project.outFolder, ".gitignore"), "*\n");
    for (const { name } of storing) await removeFolder(join(artifactFolder, fileNameFor(name)));
  }
  return {
    ...placesOf(project),
    artifactFolder,
    artifacts: [],
    tests: new Map(),
    findEarlier: (workflow, job) => wish.earlier.get(resultKey(workflow, job)),
  };
}

function placesOf({ stateFolder }: Project) {
  return {
    blobs: openBlobStore(join(stateFolder, "blobs")),
    cacheFolder: join(stateFolder, "caches"),
    resultFolder: resultFolder({ stateFolder }),
  };
}

export function resultFolder({ stateFolder }: Pick<Project, "stateFolder">): string {
  return join(stateFolder, "results");
}

/** The folder of the logs of a run's steps. */
export function logFolder({ stateFolder }: Project, run: number): string {
  return join(stateFolder, "logs", String(run));
}

/** Forgets what is too old, and caches beyond what they may have together. */
export async function sweepProject(project: Project, cacheMaxBytes: number): Promise<void> {
  await sweepState({ ...placesOf(project), maxBytes: cacheMaxBytes }, Date.now());
  const logs = join(project.stateFolder, "logs");
  const numbers = (await readdir(logs).catch((): string[] => [])).map(Number).sort((a, b) => b - a);
  for (const old of numbers.slice(LOGS_OF_RUNS)) await removeFolder(logFolder(project, old));
}

/** Keeps what later runs may begin after. */
export async function keepResults(project: Project, run: RunRecord, stores: RunStores): Promise<void> {
  for (const { plan, jobs, layers } of run.workflows) {
    for (const job of jobs.filter((each) => each.status === "success" && !each.isCarried)) {
      const { name } = job.plan;
      await keepResult(resultFolder(project), {
        workflow: plan.name,
        job: name,
        finishedAt: job.finishedAt ?? run.startedAt,
        layers: layers.filter((layer) => layer.job === name),
        tests: job.attempts.flatMap(({ id }) => [...(stores.tests.get(id)?.values() ?? [])].flat()),
      });
    }
  }
}

function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}
