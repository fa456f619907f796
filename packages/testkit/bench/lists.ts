import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Db } from "@fmg/db";
import { listAttempts, listJobs, listPipelines, openDb } from "@fmg/db";
import { quantile, type Finding } from "./measure.ts";
import { BRANCHES, REPOSITORIES, seedPipelines } from "./seed-pipelines.ts";

const SIZES = [1000, 10_000, 100_000] as const;
const SAMPLES = 3000;

interface Question {
  readonly name: string;
  readonly ask: (db: Db, size: number) => unknown;
}

const anyOf = (count: number) => Math.floor(Math.random() * count);
const questions: readonly Question[] = [
  {
    name: "pipelines",
    ask: (db, size) => listPipelines(db, { limit: 20, cursor: String(1 + anyOf(size)) }),
  },
  {
    name: "pipelines of a repository's branch",
    ask: (db) =>
      listPipelines(db, {
        limit: 20,
        repo: `octo/repo-${anyOf(REPOSITORIES)}`,
        branch: `branch-${anyOf(BRANCHES)}`,
      }),
  },
  {
    name: "jobs of a pipeline",
    ask: (db, size) =>
      listJobs(db, { pipelineId: 1 + anyOf(size) }).map(({ job }) => listAttempts(db, job.id)),
  },
];

/** P11: lists of pipelines and jobs cost the same however much there is. */
export async function benchmarkLists(): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "fmg-lists-"));
  const dbs = new Map<number, Db>();
  try {
    for (const size of SIZES) {
      const file = join(folder, `${size}.db`);
      const db = openDb(file, { migrate: true });
      dbs.set(size, db);
      seedPipelines(db, file, size);
    }
    return questions.flatMap((question) => {
      const slowest = measure(question, dbs);
      return SIZES.slice(1).map((size) => ({
        goal: "P11",
        what: `list of ${question.name}, p99, ${size} pipelines against ${SIZES[0]}`,
        measured: slowest.get(size)!,
        floor: slowest.get(SIZES[0])!,
        unit: "ms",
        atMost: 1.5,
      }));
    });
  } finally {
    for (const db of dbs.values()) db.close();
    await rm(folder, { recursive: true });
  }
}

/** The p99 of a question by the size of the database, asked of each in turn, after a first third that warms them up. */
function measure({ ask }: Question, dbs: ReadonlyMap<number, Db>): Map<number, number> {
  const times = new Map<number, number[]>(SIZES.map((size) => [size, []]));
  for (let sample = -SAMPLES / 3; sample < SAMPLES; sample++) {
    for (const [size, db] of dbs) {
      const began = performance.now();
      ask(db, size);
      if (sample >= 0) times.get(size)!.push(performance.now() - began);
    }
  }
  return new Map([...times].map(([size, values]) => [size, quantile(values, 0.99)]));
}
