import type { Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { jobThatRan, statement } from "./statements.ts";
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

/** The step of an attempt that results are of. */
export interface ResultsOf {
  readonly attemptId: number;
  readonly step: number;
}

/** Stores a step's results in place of those that a predecessor stored. */
export function storeTestResults(db: Db, of: ResultsOf, results: readonly TestResultRow[]): void {
  inTransaction(db, () => {
    forget(db).run(of);
    addTestResults(db, of, results);
  });
}

/** Stores more results of a step. */
export function addTestResults(db: Db, of: ResultsOf, results: readonly TestResultRow[]): void {
  inTransaction(db, () => {
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
 * The same job of the same commit may have run in other pipelines and attempts, where the test went otherwise. Only the same job:
 * what passes in one image and fails in another is not flaky.
 */
const listed = statement(
  `with same_commit as materialized (
     select attempts.id from jobs as job
       join workflows as workflow on workflow.id = job.workflow_id
       join pipelines as pipeline on pipeline.id = workflow.pipeline_id
       join pipelines on pipelines.project_id = pipeline.project_id and pipelines.sha = pipeline.sha
       join workflows on workflows.pipeline_id = pipelines.id
       join jobs on jobs.workflow_id = workflows.id and jobs.name = job.name
       join attempts on attempts.job_id = jobs.id
     where job.id = :jobId)
   select result.id, attempt.node_index as nodeIndex, result.name, result.classname, result.file,
     result.duration_ms as durationMs, result.result, result.message,
     result.result <> 'skipped' and exists (
       select 1 from same_commit join test_results as other on other.attempt_id = same_commit.id
       where other.name = result.name and other.classname = result.classname and other.file = result.file
         and other.result <> result.result and other.result <> 'skipped') as flaky
   from attempts as attempt join test_results as result on result.attempt_id = attempt.id
   where attempt.job_id = ${jobThatRan} and attempt.number = (
     select max(number) from attempts where job_id = attempt.job_id and node_index = attempt.node_index)
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

const counted = statement(
  `select count(*) filter (where result = 'success') as success,
     count(*) filter (where result = 'failure') as failure,
     count(*) filter (where result = 'skipped') as skipped
   from attempts as attempt join test_results as result on result.attempt_id = attempt.id
   where attempt.job_id = ${jobThatRan} and attempt.number = (
     select max(number) from attempts where job_id = attempt.job_id and node_index = attempt.node_index)`,
);

/** How many results of each kind the newest attempts of a job have. */
export function countTests(db: Db, jobId: number): Readonly<Record<TestResultRow["result"], number>> {
  return counted(db).get({ jobId }) as Record<TestResultRow["result"], number>;
}

/** How a test went once, and where. */
export interface TestRunRow {
  readonly id: number;
  readonly result: TestResultRow["result"];
  readonly durationMs: number;
  readonly message: string | null;
  readonly nodeIndex: number;
  readonly jobId: number;
  readonly job: string;
  readonly pipelineId: number;
  readonly branch: string | null;
  readonly tag: string | null;
  readonly sha: string;
  readonly queuedAt: Instant;
}

const history = statement(
  `select other.id, other.result, other.duration_ms as durationMs, other.message,
     attempts.node_index as nodeIndex, jobs.id as jobId, jobs.name as job, pipelines.id as pipelineId,
     pipelines.branch, pipelines.tag, pipelines.sha, attempts.queued_at as queuedAt
   from test_results as asked
     join attempts as attempt on attempt.id = asked.attempt_id
     join jobs as own on own.id = attempt.job_id
     join workflows as workflow on workflow.id = own.workflow_id
     join pipelines as pipeline on pipeline.id = workflow.pipeline_id
     join test_results as other
       on other.name = asked.name and other.classname = asked.classname and other.file = asked.file
     join attempts on attempts.id = other.attempt_id
     join jobs on jobs.id = attempts.job_id
     join workflows on workflows.id = jobs.workflow_id
     join pipelines on pipelines.id = workflows.pipeline_id and pipelines.project_id = pipeline.project_id
   where asked.id = :id and other.id < :before
   order by other.id desc limit :limit`,
);
const known = statement(`select 1 from test_results where id = :id`);

/** How the test of a result went in its project, newest first, in all jobs and on all branches; undefined: no such result. */
export function testHistory(
  db: Db,
  id: number,
  page: { readonly before: number; readonly limit: number },
): readonly TestRunRow[] | undefined {
  if (known(db).get({ id }) === undefined) return undefined;
  return history(db).all({ id, ...page }) as TestRunRow[];
}

export interface TestTimingRow {
  readonly kind: "file" | "classname" | "name";
  readonly name: string;
  readonly durationMs: number;
}

const lastSuccess = statement(
  `select jobs.id from pipelines
     join workflows on workflows.pipeline_id = pipelines.id
     join jobs on jobs.workflow_id = workflows.id and jobs.name = :job
   where pipelines.project_id = :projectId and pipelines.branch = :branch and pipelines.trust = 'own'
     and jobs.status = 'success' and jobs.finished_at < :before
     and exists (select 1 from attempts join test_results on attempt_id = attempts.id where job_id = jobs.id)
   order by pipelines.id desc, jobs.id desc limit 1`,
);
const timesOf = statement(
  `with results as (
     select result.* from attempts as attempt join test_results as result on result.attempt_id = attempt.id
     where attempt.job_id = :jobId and attempt.number = (
       select max(number) from attempts where job_id = :jobId and node_index = attempt.node_index))
   select 'file' as kind, file as name, sum(duration_ms) as durationMs from results where file <> '' group by file
   union all select 'classname', classname, sum(duration_ms) from results where classname <> '' group by classname
   union all select 'name', name, sum(duration_ms) from results where name <> '' group by name
   limit 100000`,
);

/**
 * How long tests took in a job's last success on the first of the branches that has one. Only jobs that had ended by `before`
 * count, when the asking one was made: so all its nodes are told the same, whenever each of them asks. (R-SPLIT-2, R-SPLIT-3)
 */
export function testTimings(
  db: Db,
  of: { readonly projectId: number; readonly job: string; readonly before: Instant },
  branches: readonly string[],
): readonly TestTimingRow[] {
  for (const branch of branches) {
    const found = lastSuccess(db).get({ ...of, branch }) as { id: number } | undefined;
    if (found !== undefined) return timesOf(db).all({ jobId: found.id }) as TestTimingRow[];
  }
  return [];
}
