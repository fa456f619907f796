import { join } from "node:path";
import type { Instant } from "@fmg/core";
import type { TestResult } from "@fmg/runner";
import { fileNameOf, readStates, writeState } from "./state-file.ts";

/** One `persist_to_workspace`. */
export interface KeptLayer {
  readonly job: string;
  readonly attemptId: number;
  readonly nodeIndex: number;
  readonly step: number;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly paths: readonly string[];
  readonly storedAt: Instant;
}

/** What the last success of a job left: later runs may begin after it, and split its tests by their times. */
export interface EarlierResult {
  readonly workflow: string;
  readonly job: string;
  readonly finishedAt: Instant;
  readonly layers: readonly KeptLayer[];
  readonly tests: readonly TestResult[];
}

/** Of all jobs of a project, by workflow and job. */
export async function readEarlierResults(folder: string): Promise<ReadonlyMap<string, EarlierResult>> {
  const kept = (await readStates(folder)).map(({ state }) => state as EarlierResult);
  return new Map(kept.map((result) => [resultKey(result.workflow, result.job), result]));
}

export function keepResult(folder: string, result: EarlierResult): Promise<void> {
  return writeState(join(folder, fileNameOf(resultKey(result.workflow, result.job))), result);
}

export function resultKey(workflow: string, job: string): string {
  return JSON.stringify([workflow, job]);
}
