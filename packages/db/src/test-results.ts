import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/** How one test went in one attempt. */
export interface TestResultRow {
  readonly name: string;
  readonly classname: string;
  readonly file: string;
  readonly durationMs: number;
  readonly result: "success" | "failure" | "skipped";
  readonly message: string | null;
}

const forget = statement(`delete from test_results where attempt_id = :attemptId and step = :step`);
const insert = statement(
  `insert into test_results (attempt_id, step, name, classname, file, duration_ms, result, message)
   values (:attemptId, :step, :name, :classname, :file, :durationMs, :result, :message)`,
);

/** Stores a step's results in place of those that a predecessor stored. */
export function storeTestResults(
  db: Db,
  of: { readonly attemptId: number; readonly step: number },
  results: readonly TestResultRow[],
): void {
  inTransaction(db, () => {
    forget(db).run(of);
    for (const result of results) insert(db).run({ ...of, ...result });
  });
}

export interface ListedTest extends TestResultRow {
  readonly id: number;
  readonly nodeIndex: number;
  /** It passed and failed on the same commit. */
  readonly flaky: boolean;
}

/**
 * A test is known by its name, class and file; on the same commit of the same project it may have gone otherwise in another
 * attempt, of whatever pipeline.
 */
const listed = statement(
  `select result.id, attempt.node_index as nodeIndex, result.name, result.classname, result.file,
     result.duration_ms as durationMs, result.result, result.message,
     result.result <> 'skipped' and exists (
       select 1 from test_results as other
         join attempts as a on a.id = other.attempt_id
         join jobs as j on j.id = a.job_id
         join workflows as w on w.id = j.workflow_id
         join pipelines as p on p.id = w.pipeline_id
       where other.name = result.name and other.classname = result.classname and other.file = result.file
         and other.result <> result.result and other.result <> 'skipped'
         and p.sha = pipeline.sha and p.project_id = pipeline.project_id) as flaky
   from test_results as result
     join attempts as attempt on attempt.id = result.attempt_id
     join jobs as job on job.id = attempt.job_id
     join workflows as workflow on workflow.id = job.workflow_id
     join pipelines as pipeline on pipeline.id = workflow.pipeline_id
   where attempt.job_id = :jobId and attempt.number = (
     select max(number) from attempts where job_id = :jobId and node_index = attempt.node_index)
     and (:only is null or result.result = :only)
   order by result.result <> 'failure', result.id limit :limit offset :skip`,
);

/** The results of the newest attempts of a job, failures first. */
export function listTests(
  db: Db,
  jobId: number,
  page: {
    readonly limit: number;
    readonly skip: number;
    readonly only: TestResultRow["result"] | null;
  },
): readonly ListedTest[] {
  return listed(db)
    .all({ jobId, ...page })
    .map((row) => {
      const test = row as Omit<ListedTest, "flaky"> & { flaky: number };
      return { ...test, flaky: test.flaky === 1 };
    });
}

export interface TestTimingRow {
  readonly kind: "file" | "classname" | "name";
  readonly name: string;
  readonly durationMs: number;
}

const lastSuccess = statement(
  `select jobs.id from jobs
     join workflows on workflows.id = jobs.workflow_id
     join pipelines on pipelines.id = workflows.pipeline_id
   where pipelines.project_id = :projectId and pipelines.branch = :branch and pipelines.trust = 'own'
     and jobs.name = :job and jobs.status = 'success' and jobs.id < :before
     and exists (select 1 from test_results join attempts on attempts.id = attempt_id where job_id = jobs.id)
   order by pipelines.id desc, jobs.id desc limit 1`,
);
const timesOf = statement(
  `with results as (select result.* from test_results as result
     join attempts on attempts.id = attempt_id where job_id = :jobId)
   select 'file' as kind, file as name, sum(duration_ms) as durationMs from results where file <> '' group by file
   union all select 'classname', classname, sum(duration_ms) from results where classname <> '' group by classname
   union all select 'name', name, sum(duration_ms) from results where name <> '' group by name
   limit 100000`,
);

/**
 * How long tests took in a job's last success on the first of the branches that has one. Only jobs before `before` count, the
 * asking one, so that all its nodes are told the same. (R-SPLIT-2, R-SPLIT-3)
 */
export function testTimings(
  db: Db,
  of: { readonly projectId: number; readonly job: string; readonly before: number },
  branches: readonly string[],
): readonly TestTimingRow[] {
  for (const branch of branches) {
    const found = lastSuccess(db).get({ ...of, branch }) as { id: number } | undefined;
    if (found !== undefined) return timesOf(db).all({ jobId: found.id }) as TestTimingRow[];
  }
  return [];
}
