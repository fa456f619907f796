import type { Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { jobThatRan, statement } from "./statements.ts";

/*
 * What jobs leave beside caches: layers of workspaces, and artifacts.
 */

/** One `persist_to_workspace` of a line of workflows. */
export interface LayerRow {
  readonly attemptId: number;
  readonly step: number;
  readonly job: string;
  readonly nodeIndex: number;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly paths: readonly string[];
}

const upsertLayer = statement(
  `insert into workspace_layers
     (workspace_uuid, attempt_id, step, job, node_index, digest, size_bytes, paths, expires_at)
   values (:workspaceUuid, :attemptId, :step, :job, :nodeIndex, :digest, :sizeBytes, :paths, :expiresAt)
   on conflict (attempt_id, step)
     do update set digest = excluded.digest, size_bytes = excluded.size_bytes, paths = excluded.paths`,
);

/** Stores a layer; a step that is done anew by a successor replaces its own. */
export function storeLayer(
  db: Db,
  layer: LayerRow & { readonly workspaceUuid: string; readonly expiresAt: Instant },
): void {
  upsertLayer(db).run({ ...layer, paths: JSON.stringify(layer.paths) });
}

/** Of each node of a job only its newest attempt counts, and of a line of reruns only what this workflow ran or carried over. */
const layersOf = statement(
  `select attempt_id as attemptId, step, job, node_index as nodeIndex, digest, size_bytes as sizeBytes, paths
   from workspace_layers as layer
   where workspace_uuid = :workspaceUuid and attempt_id = (
     select max(other.attempt_id) from workspace_layers as other
     where other.workspace_uuid = layer.workspace_uuid and other.job = layer.job
       and other.node_index = layer.node_index
       and (select job_id from attempts where id = other.attempt_id) in (
         select coalesce(carried_from, id) from jobs where workflow_id = :workflowId))
   order by id limit 10000`,
);

/** The layers of a workspace that count in one workflow of its line, in the order in which they were persisted. (R-WS-1) */
export function listLayers(db: Db, workspaceUuid: string, workflowId: number): readonly LayerRow[] {
  return layersOf(db)
    .all({ workspaceUuid, workflowId })
    .map((row) => {
      const { paths, ...columns } = row as Omit<LayerRow, "paths"> & { paths: string };
      return { ...columns, paths: JSON.parse(paths) as string[] };
    });
}

export interface ArtifactRow {
  readonly id: number;
  readonly attemptId: number;
  readonly nodeIndex: number;
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

const upsertArtifact = statement(
  `insert into artifacts (attempt_id, path, digest, size_bytes, created_at, expires_at)
   values (:attemptId, :path, :digest, :sizeBytes, :createdAt, :expiresAt)
   on conflict (attempt_id, path)
     do update set digest = excluded.digest, size_bytes = excluded.size_bytes, created_at = excluded.created_at`,
);

/** Stores an artifact; the same path of an attempt again replaces it. (R-ART-3) */
export function storeArtifact(
  db: Db,
  artifact: {
    readonly attemptId: number;
    readonly path: string;
    readonly digest: string;
    readonly sizeBytes: number;
    readonly createdAt: Instant;
    readonly expiresAt: Instant;
  },
): void {
  upsertArtifact(db).run(artifact);
}

const keptBytes = statement(
  "select coalesce(sum(size_bytes), 0) as bytes from artifacts where attempt_id = :attemptId",
);

/** What the artifacts of an attempt have together. */
export function artifactBytes(db: Db, attemptId: number): number {
  return (keptBytes(db).get({ attemptId }) as { bytes: number }).bytes;
}

const artifactColumns = `artifacts.id, attempt_id as attemptId, node_index as nodeIndex, path, digest,
  size_bytes as sizeBytes`;
const ofJob = statement(
  `select ${artifactColumns} from artifacts join attempts on attempts.id = attempt_id
   where attempts.job_id = ${jobThatRan} and attempts.number = (
     select max(number) from attempts as other
     where other.job_id = attempts.job_id and other.node_index = attempts.node_index)
   and artifacts.id > :after order by artifacts.id limit :limit`,
);

/** The artifacts of the newest attempts of a job, in the order in which they were first stored. */
export function listArtifacts(
  db: Db,
  jobId: number,
  page: { readonly after: number; readonly limit: number },
): readonly ArtifactRow[] {
  return ofJob(db).all({ jobId, ...page }) as ArtifactRow[];
}

const byId = statement(
  `select ${artifactColumns} from artifacts join attempts on attempts.id = attempt_id where artifacts.id = :id`,
);

export function getArtifact(db: Db, id: number): ArtifactRow | undefined {
  return byId(db).get({ id }) as ArtifactRow | undefined;
}

const expiredLayers = statement(`delete from workspace_layers where expires_at <= :now`);
const expiredArtifacts = statement(`delete from artifacts where expires_at <= :now`);

/** Forgets layers and artifacts that are over their time. */
export function expireJobFiles(db: Db, now: Instant): void {
  expiredLayers(db).run({ now });
  expiredArtifacts(db).run({ now });
}

const reference = statement(
  `select 1 where exists (select 1 from caches where digest = :digest)
   or exists (select 1 from workspace_layers where digest = :digest)
   or exists (select 1 from artifacts where digest = :digest)`,
);

/** Whether any row names a blob. */
export function isBlobInUse(db: Db, digest: string): boolean {
  return reference(db).get({ digest }) !== undefined;
}
