import { asPipelineId, type PipelineId, type Status, type Trust } from "@fmg/core";
import type { SQL } from "drizzle-orm";
import { and, desc, eq, lt, sql } from "./drizzle.ts";
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import type { Db } from "./open-db.ts";
import type { PipelineRow } from "./rows.ts";
import { pipelines, projects } from "./schema.ts";
import { prepared, statement } from "./statements.ts";

const columns = {
  id: pipelines.id,
  uuid: pipelines.uuid,
  projectId: pipelines.projectId,
  owner: projects.owner,
  name: projects.name,
  number: pipelines.number,
  status: pipelines.status,
  reason: pipelines.reason,
  message: pipelines.message,
  startedAt: pipelines.startedAt,
  finishedAt: pipelines.finishedAt,
  branch: pipelines.branch,
  tag: pipelines.tag,
  sha: pipelines.sha,
  event: pipelines.event,
  trust: pipelines.trust,
  repository: pipelines.repository,
  diagnostics: pipelines.diagnostics,
  recompiledBy: pipelines.recompiledBy,
  cancellation: pipelines.cancellation,
  createdAt: pipelines.createdAt,
};

const select = (orm: BetterSQLite3Database) =>
  orm.select(columns).from(pipelines).innerJoin(projects, eq(projects.id, pipelines.projectId));

const byId = prepared((orm) =>
  select(orm)
    .where(eq(pipelines.id, sql.placeholder("id")))
    .prepare(),
);

/** One pipeline by its number. */
export function getPipeline(db: Db, id: number): PipelineRow | undefined {
  return byId(db).get({ id });
}

/** What a list of pipelines is narrowed to. */
export interface PipelineFilters {
  /** "owner/name", in any case of letters. */
  readonly repo?: string | undefined;
  readonly branch?: string | undefined;
  readonly status?: Status | undefined;
}

export interface PipelineListOptions extends PipelineFilters {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface PipelinePage {
  readonly items: readonly PipelineRow[];
  /** The cursor of the next page; null at the end. */
  readonly next: string | null;
}

/** Pipelines, newest first. A page costs the same wherever it stands and however many pipelines there are. */
export function listPipelines(
  db: Db,
  { limit, cursor, repo, branch, status }: PipelineListOptions,
): PipelinePage {
  const projectId = repo === undefined ? undefined : projectNamed(db, repo);
  if (repo !== undefined && projectId === undefined) return { items: [], next: null };
  const values = { projectId, branch, status, before: cursorId(cursor), limit: limit + 1 };
  const rows = listQuery(values)(db).all(values);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? String(last.id) : null };
}

/** A cursor that this package did not make stands before everything: its page is empty. */
function cursorId(cursor: string | undefined): PipelineId {
  if (cursor === undefined) return asPipelineId(Number.MAX_SAFE_INTEGER);
  return asPipelineId(/^\d{1,15}$/.test(cursor) ? Number(cursor) : 0);
}

const projectByName = prepared((orm) =>
  orm
    .select({ id: projects.id })
    .from(projects)
    .where(
      and(
        sql`${projects.owner} = ${sql.placeholder("owner")} collate nocase`,
        sql`${projects.name} = ${sql.placeholder("name")} collate nocase`,
      ),
    )
    // A name can stand on two projects when one was renamed and has not been pushed to since.
    .orderBy(desc(projects.updatedAt))
    .limit(1)
    .prepare(),
);

function projectNamed(db: Db, repo: string) {
  const slash = repo.indexOf("/");
  return projectByName(db).get({ owner: repo.slice(0, slash), name: repo.slice(slash + 1) })?.id;
}

const filters = {
  projectId: eq(pipelines.projectId, sql.placeholder("projectId")),
  branch: eq(pipelines.branch, sql.placeholder("branch")),
  status: eq(pipelines.status, sql.placeholder("status")),
} satisfies Record<string, SQL>;
const filterNames = ["projectId", "branch", "status"] as const;

/** One prepared query for each set of filters; each set has its index. */
const listQueries = Array.from({ length: 2 ** filterNames.length }, (_, set) =>
  prepared((orm) =>
    select(orm)
      .where(
        and(
          ...filterNames.filter((_, bit) => (set & (1 << bit)) !== 0).map((name) => filters[name]),
          lt(pipelines.id, sql.placeholder("before")),
        ),
      )
      .orderBy(desc(pipelines.id))
      .limit(sql.placeholder("limit"))
      .prepare(),
  ),
);

function listQuery(values: Readonly<Record<(typeof filterNames)[number], unknown>>) {
  const set = filterNames.reduce(
    (bits, name, bit) => (values[name] === undefined ? bits : bits | (1 << bit)),
    0,
  );
  const query = listQueries[set];
  if (query === undefined) throw new Error("every set of filters has a query");
  return query;
}

const putTrust = statement("update pipelines set trust = :trust where id = :id");

/** Says whose code a pipeline runs; before its first job starts. */
export function setTrust(db: Db, id: number, trust: Trust): void {
  putTrust(db).run({ id, trust });
}
