import { aJob, aWorkflow } from "@fmg/core/testing";
import { acceptDelivery, createAttempts, listJobs, storePlan, type Db } from "@fmg/db";
import Database from "better-sqlite3";

export const REPOSITORIES = 5;
export const BRANCHES = 10;
const JOBS = 3;

/**
 * Fills an empty database with pipelines that succeeded, each of one workflow with three jobs, over five repositories and ten
 * branches: one for each repository as FMG stores it, and the others copied from the first.
 */
export function seedPipelines(db: Db, file: string, count: number): void {
  for (let index = 0; index < REPOSITORIES; index++) storeOne(db, index);
  const sqlite = new Database(file);
  sqlite.pragma("synchronous = off");
  sqlite.transaction(() => {
    sqlite.exec(
      "update pipelines set status = 'success', started_at = 1, finished_at = 2; update workflows set status = 'success', finished_at = 2; update jobs set status = 'success', finished_at = 2; update attempts set status = 'success', finished_at = 2",
    );
    const series = `with recursive series(n) as (select ${REPOSITORIES + 1} union all select n + 1 from series where n < ${count})`;
    const copy = (table: string, from: string, changes: Readonly<Record<string, string>>) => {
      const columns = (sqlite.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
      const values = columns.map((name) => changes[name] ?? `t."${name}"`);
      const names = columns.map((name) => `"${name}"`);
      sqlite.exec(
        `${series} insert into ${table} (${names.join()}) select ${values.join()} from series join ${table} t on ${from}`,
      );
    };
    const uuid = "lower(hex(randomblob(16)))";
    const branch = `'branch-' || (n / ${REPOSITORIES} % ${BRANCHES})`;
    copy("pipelines", "t.id = 1", {
      id: "n",
      uuid,
      project_id: `1 + n % ${REPOSITORIES}`,
      number: "100 + n",
      branch,
    });
    copy("workflows", "t.id = 1", { id: "n", uuid, pipeline_id: "n" });
    const jobId = `(n - 1) * ${JOBS} + t.id`;
    copy("jobs", `t.id <= ${JOBS}`, { id: jobId, uuid, workflow_id: "n", number: `100 + ${jobId}` });
    copy("attempts", `t.id <= ${JOBS}`, { id: jobId, job_id: jobId });
  })();
  sqlite.close();
}

function storeOne(db: Db, index: number): void {
  const { pipelineId } = acceptDelivery(db, {
    deliveryId: `delivery-${index}`,
    event: "push",
    body: Buffer.alloc(0),
    receivedAt: 1,
    trigger: {
      kind: "push",
      ref: { kind: "branch", name: "main" },
      sha: "a".repeat(40),
      baseSha: null,
      commit: { subject: "A commit", body: "", authorLogin: "ada", authorName: "Ada", url: null },
      sender: { login: "ada", id: 1 },
    },
    repository: {
      id: 1 + index,
      owner: "octo",
      name: `repo-${index}`,
      cloneUrl: `https://github.test/octo/repo-${index}.git`,
      url: `https://github.test/octo/repo-${index}`,
      defaultBranch: "main",
      private: false,
    },
    statusTargetBase: "http://fmg.test",
  });
  const workflow = aWorkflow(...Array.from({ length: JOBS }, (_, job) => aJob(`job-${job}`)));
  storePlan(db, pipelineId, { workflows: [workflow], setup: false }, { warnings: [], now: 1 });
  for (const { job } of listJobs(db, { pipelineId }))
    createAttempts(db, job.id, { nodeTotal: 1, now: 1, label: "default" });
}
