import type { CommitStatus, Instant, OutboxId, PipelineId, ProjectId } from "@fmg/core";
import { and, asc, desc, eq, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import type { OutboxRow } from "./rows.ts";
import { outbox, pipelines, projects } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/** The commit that a status belongs to. */
export interface StatusSubject {
  readonly pipelineId: PipelineId;
  readonly projectId: ProjectId;
  readonly sha: string;
}

const subjectOf = prepared((orm) =>
  orm
    .select({ pipelineId: pipelines.id, projectId: pipelines.projectId, sha: pipelines.sha })
    .from(pipelines)
    .where(eq(pipelines.id, sql.placeholder("id")))
    .prepare(),
);

const newestOfContext = prepared((orm) =>
  orm
    .select()
    .from(outbox)
    .where(
      and(
        eq(outbox.projectId, sql.placeholder("projectId")),
        eq(outbox.sha, sql.placeholder("sha")),
        eq(outbox.context, sql.placeholder("context")),
      ),
    )
    .orderBy(desc(outbox.id))
    .limit(1)
    .prepare(),
);

const remove = statement("delete from outbox where id = :id and status = 'pending'");

const insert = prepared((orm) =>
  orm
    .insert(outbox)
    .values({
      pipelineId: sql.placeholder("pipelineId"),
      projectId: sql.placeholder("projectId"),
      sha: sql.placeholder("sha"),
      context: sql.placeholder("context"),
      state: sql.placeholder("state"),
      description: sql.placeholder("description"),
      targetUrl: sql.placeholder("targetUrl"),
      status: "pending",
      tries: sql.placeholder("tries"),
      nextAt: sql.placeholder("nextAt"),
      createdAt: sql.placeholder("now"),
    })
    .returning({ id: outbox.id })
    .prepare(),
);

/**
 * Notes what is to stand on the pipeline's commit. It takes the place of an older state of the same context that was not
 * sent yet (and keeps its turn in the backoff); what is said already is not said again. Returns the row that stands.
 */
export function enqueueStatus(db: Db, pipelineId: number, status: CommitStatus, now: Instant): OutboxId {
  return inTransaction(db, () => {
    const subject = subjectOf(db).get({ id: pipelineId });
    if (subject === undefined) throw new Error(`there is no pipeline ${pipelineId}`);
    return putStatus(db, subject, status, now);
  });
}

/** As `enqueueStatus`, for a caller who knows the commit. Call it inside a transaction. */
export function putStatus(db: Db, subject: StatusSubject, status: CommitStatus, now: Instant): OutboxId {
  const newest = newestOfContext(db).get({ ...subject, context: status.context });
  if (newest !== undefined && newest.status !== "refused" && saysTheSame(newest, status)) return newest.id;
  const waiting = newest?.status === "pending" ? newest : undefined;
  if (waiting !== undefined) remove(db).run({ id: waiting.id });
  const turn = { tries: waiting?.tries ?? 0, nextAt: Math.max(now, waiting?.nextAt ?? 0) };
  const { context, state, description, targetUrl } = status;
  const row = insert(db).get({ ...subject, context, state, description, targetUrl, ...turn, now });
  return row.id;
}

function saysTheSame(one: CommitStatus, other: CommitStatus): boolean {
  return (
    one.state === other.state && one.description === other.description && one.targetUrl === other.targetUrl
  );
}

const newestRows = statement(
  `select id, pipelineId, owner, repo, sha, context, state, description, status, lastError from (
     select outbox.id as id, pipeline_id as pipelineId, owner, name as repo, sha, context, state, description, status,
       last_error as lastError
     from outbox join projects on projects.id = outbox.project_id order by outbox.id desc limit :limit
   ) as recent`,
);

/** What FMG last said of a commit in one context. */
export type LastStatus = Pick<
  OutboxRow,
  | "id"
  | "pipelineId"
  | "owner"
  | "repo"
  | "sha"
  | "context"
  | "state"
  | "description"
  | "status"
  | "lastError"
>;

/** The newest row of each context of a commit among the newest `limit` rows, newest first. */
export function lastStatuses(db: Db, limit: number): LastStatus[] {
  const seen = new Set<string>();
  return (newestRows(db).all({ limit }) as LastStatus[]).filter(({ owner, repo, sha, context }) => {
    const key = JSON.stringify([owner, repo, sha, context]);
    return !seen.has(key) && seen.add(key);
  });
}

const again = statement(
  `insert into outbox (pipeline_id, project_id, sha, context, state, description, target_url, status, tries, next_at, created_at)
   select pipeline_id, project_id, sha, context, state, description, target_url, 'pending', 0, :now, :now
   from outbox as said where id = :id and status != 'pending' and not exists (
     select 1 from outbox as newer where newer.project_id = said.project_id and newer.sha = said.sha
       and newer.context = said.context and newer.id > said.id)`,
);

/** Says once more what was said or refused, unless something newer of its context stands: for where GitHub shows otherwise. */
export function sayAgain(db: Db, id: number, now: Instant): void {
  again(db).run({ id, now });
}

const due = prepared((orm) =>
  orm
    .select({
      id: outbox.id,
      pipelineId: outbox.pipelineId,
      owner: projects.owner,
      repo: projects.name,
      sha: outbox.sha,
      context: outbox.context,
      state: outbox.state,
      description: outbox.description,
      targetUrl: outbox.targetUrl,
      status: outbox.status,
      tries: outbox.tries,
      nextAt: outbox.nextAt,
      lastError: outbox.lastError,
      createdAt: outbox.createdAt,
      sentAt: outbox.sentAt,
    })
    .from(outbox)
    .innerJoin(projects, eq(projects.id, outbox.projectId))
    .where(and(sql`${outbox.status} = 'pending'`, sql`${outbox.nextAt} <= ${sql.placeholder("now")}`))
    .orderBy(asc(outbox.nextAt), asc(outbox.id))
    .limit(sql.placeholder("limit"))
    .prepare(),
);

/** The statuses whose time has come, oldest first; at most one of each context of a commit. */
export function dueStatuses(db: Db, now: Instant, limit: number): OutboxRow[] {
  return due(db).all({ now, limit });
}

const nextTry = statement("select min(next_at) as at from outbox where status = 'pending'");

/** When the next status is due; undefined when none waits. */
export function nextStatusAt(db: Db): Instant | undefined {
  const row = nextTry(db).get() as { at: Instant | null };
  return row.at ?? undefined;
}

const sent = statement(
  `update outbox set status = 'sent', tries = tries + 1, sent_at = :now, last_error = null
   where id = :id and status = 'pending'`,
);
const retry = statement(
  `update outbox set tries = tries + 1, next_at = :nextAt, last_error = :message
   where id = :id and status = 'pending'`,
);
const refused = statement(
  `update outbox set status = 'refused', tries = tries + 1, sent_at = :now, last_error = :message
   where id = :id and status = 'pending'`,
);

/** GitHub has taken it. False when a newer state took its place meanwhile; that one is sent next. */
export function markSent(db: Db, id: number, now: Instant): boolean {
  return sent(db).run({ id, now }).changes === 1;
}

/** It is to be sent again, not before `nextAt`. */
export function markRetry(db: Db, id: number, retrying: { message: string; nextAt: Instant }): boolean {
  return retry(db).run({ id, ...retrying }).changes === 1;
}

/** GitHub will not take it, however often it is sent. */
export function markRefused(db: Db, id: number, message: string, now: Instant): boolean {
  return refused(db).run({ id, message, now }).changes === 1;
}
