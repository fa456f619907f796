import type { AttemptId, Demand, Instant, QueuePlace } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

/*
 * The line of attempts: who waits, who runs on a host, how long their like took, and the places that were worked out.
 */

/** Whose attempt it is, as far as the line asks. */
interface Owned extends Demand {
  readonly attemptId: AttemptId;
  readonly projectId: number;
  readonly jobName: string;
}

/** An attempt that waits for its turn. */
export interface QueuedAttempt extends Owned {
  readonly label: string;
  readonly queuedAt: Instant;
  /** "owner/name", as it is called now. */
  readonly repository: string;
  /** The branch or tag. */
  readonly ref: string;
}

const ABOVE = `
  join jobs on jobs.id = attempts.job_id join workflows on workflows.id = jobs.workflow_id
  join pipelines on pipelines.id = workflows.pipeline_id`;

const waiting = statement(
  `select attemptId, label, queuedAt, cpus, memoryBytes, projectId, jobName, repository, ref from (
     select attempts.id as attemptId, attempts.label as label, attempts.queued_at as queuedAt, attempts.cpus as cpus,
       attempts.memory_bytes as memoryBytes, pipelines.project_id as projectId, jobs.name as jobName,
       projects.owner || '/' || projects.name as repository, coalesce(pipelines.branch, pipelines.tag) as ref,
       row_number() over (partition by pipelines.project_id, pipelines.branch, pipelines.tag
         order by attempts.queued_at, attempts.id) as nth
     from attempts ${ABOVE} join projects on projects.id = pipelines.project_id
     where attempts.status = 'queued' and attempts.finished_at is null and attempts.cancel_requested_at is null
   ) as line
   order by nth, queuedAt, attemptId limit :limit`,
);

/**
 * Attempts that wait for their turn; not those that are wished canceled. The first of each branch or tag come first, then
 * the second ones, each oldest first: however many one of them has, the others' are among those that the limit leaves.
 */
export function queuedAttempts(db: Db, limit: number): QueuedAttempt[] {
  return waiting(db).all({ limit }) as QueuedAttempt[];
}

/** An attempt that runs on a host. */
export interface AttemptOnHost extends Owned {
  readonly startedAt: Instant;
  readonly cpuset: string | null;
}

const onHost = statement(
  `select attempts.id as attemptId, attempts.cpus as cpus, attempts.memory_bytes as memoryBytes, attempts.cpuset as cpuset,
     attempts.started_at as startedAt, pipelines.project_id as projectId, jobs.name as jobName
   from attempts ${ABOVE}
   where attempts.status = 'running' and attempts.finished_at is null and attempts.host = :host`,
);

/** What each attempt that runs on a Docker host takes of it, whichever orchestrator carries it out. */
export function runningOnHost(db: Db, host: string): AttemptOnHost[] {
  return onHost(db).all({ host }) as AttemptOnHost[];
}

const lastDurations = statement(
  `select attempts.finished_at - attempts.started_at as ms
   from (select id from pipelines where project_id = :projectId order by id desc limit 100) as recent
   join workflows on workflows.pipeline_id = recent.id
   join jobs on jobs.workflow_id = workflows.id and jobs.name = :jobName
   join attempts on attempts.job_id = jobs.id
   where attempts.status = 'success' order by recent.id desc limit 9`,
);

/** How long a job takes: the median of its last successes in its project; undefined when there is none. */
export function usualDuration(db: Db, job: { readonly projectId: number; readonly jobName: string }) {
  const { projectId, jobName } = job;
  const rows = lastDurations(db).all({ projectId, jobName }) as { ms: number }[];
  const sorted = rows.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const putPlace = statement(
  `update attempts set queue_place = :place, starts_at = :startsAt
   where id = :attemptId and status = 'queued' and (queue_place is not :place or starts_at is not :startsAt)`,
);

/** Notes the places of attempts that wait. They hold only while an attempt is queued. */
export function putQueuePlaces(db: Db, places: readonly QueuePlace[]): void {
  inTransaction(db, () => {
    for (const { attemptId, place, startsAt } of places) {
      putPlace(db).run({ attemptId, place, startsAt: startsAt ?? null });
    }
  });
}
