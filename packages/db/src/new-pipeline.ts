import {
  pipelineContext,
  statusDescription,
  type Instant,
  type PipelineId,
  type ProjectId,
  type RepositoryRef,
  type TriggerEvent,
} from "@fmg/core";
import { sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import { putStatus } from "./outbox.ts";
import { pipelines } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";
import { newUuid } from "./uuid.ts";

/** What a pipeline is made from. */
export interface NewPipeline {
  readonly trigger: TriggerEvent;
  readonly repository: RepositoryRef;
  /** FMG's public URL; the status points at `<base>/p/<pipeline>`. */
  readonly statusTargetBase: string;
  readonly at: Instant;
}

/**
 * Makes a pipeline: the project, the pipeline (`pending`) and the pending status `fmg` in the outbox, in one transaction.
 * Nudging the queue is the caller's, once that is durable.
 */
export function createPipeline(db: Db, input: NewPipeline): PipelineId {
  return inTransaction(db, () => {
    const { projectId, number } = takePipelineNumber(db, input.repository, input.at);
    const pipelineId = insertPipeline(db, input, { projectId, number });
    const status = {
      context: pipelineContext(),
      state: "pending",
      description: statusDescription({ status: "pending" }),
      targetUrl: `${input.statusTargetBase}/p/${pipelineId}`,
    } as const;
    putStatus(db, { pipelineId, projectId, sha: input.trigger.sha }, status, input.at);
    return pipelineId;
  });
}

const upsertProject = statement(
  `insert into projects (uuid, github_id, owner, name, clone_url, default_branch, next_pipeline_number, created_at, updated_at)
   values (:uuid, :githubId, :owner, :name, :cloneUrl, :defaultBranch, 2, :now, :now)
   on conflict (github_id) do update set owner = :owner, name = :name, clone_url = :cloneUrl,
     default_branch = :defaultBranch, next_pipeline_number = next_pipeline_number + 1, updated_at = :now
   returning id, next_pipeline_number - 1 as number`,
);

function takePipelineNumber(
  db: Db,
  repository: RepositoryRef,
  now: Instant,
): { projectId: ProjectId; number: number } {
  const { id: githubId, owner, name, cloneUrl, defaultBranch } = repository;
  const values = { uuid: newUuid(now), githubId, owner, name, cloneUrl, defaultBranch, now };
  const row = upsertProject(db).get(values) as { id: ProjectId; number: number };
  return { projectId: row.id, number: row.number };
}

const insertPipelineRow = prepared((orm) =>
  orm
    .insert(pipelines)
    .values({
      uuid: sql.placeholder("uuid"),
      projectId: sql.placeholder("projectId"),
      number: sql.placeholder("number"),
      status: "pending",
      branch: sql.placeholder("branch"),
      tag: sql.placeholder("tag"),
      sha: sql.placeholder("sha"),
      event: sql.placeholder("event"),
      repository: sql.placeholder("repository"),
      diagnostics: [],
      createdAt: sql.placeholder("createdAt"),
    })
    .returning({ id: pipelines.id })
    .prepare(),
);

function insertPipeline(
  db: Db,
  { trigger, repository, at }: NewPipeline,
  place: { projectId: ProjectId; number: number },
): PipelineId {
  const { ref, sha } = trigger;
  const row = insertPipelineRow(db).get({
    uuid: newUuid(at),
    ...place,
    branch: ref.kind === "branch" ? ref.name : null,
    tag: ref.kind === "tag" ? ref.name : null,
    sha,
    event: trigger,
    repository,
    createdAt: at,
  });
  return row.id;
}

const putEvent = statement("update pipelines set event = :event where id = :id");

/** Tells what the commit of a pipeline is, where its trigger could not. */
export function setCommit(
  db: Db,
  pipelineId: number,
  { trigger, commit }: { readonly trigger: TriggerEvent; readonly commit: TriggerEvent["commit"] },
): void {
  putEvent(db).run({ id: pipelineId, event: JSON.stringify({ ...trigger, commit }) });
}

const newestRepository = statement(
  `select pipelines.repository from pipelines
   join projects on projects.id = pipelines.project_id
   where projects.owner = :owner collate nocase and projects.name = :name collate nocase
   order by projects.updated_at desc, pipelines.id desc limit 1`,
);

/** A connected repository as its newest pipeline knows it. */
export function repositoryNamed(db: Db, owner: string, name: string): RepositoryRef | undefined {
  const row = newestRepository(db).get({ owner, name }) as { repository: string } | undefined;
  return row === undefined ? undefined : (JSON.parse(row.repository) as RepositoryRef);
}
