import type { Instant, ParameterValue, PipelineId, ProjectId, RepositoryRef } from "@fmg/core";
import { asc, eq, sql } from "./drizzle.ts";
import { createPipeline, type NewPipeline } from "./new-pipeline.ts";
import type { Db } from "./open-db.ts";
import { schedules } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inTransaction } from "./transaction.ts";
import { newUuid } from "./uuid.ts";

/** A schedule as it is made. */
export interface NewSchedule {
  readonly projectId: ProjectId;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly branch: string | null;
  readonly tag: string | null;
  /** Set where it stands in a config. */
  readonly workflow: string | null;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly createdBy: string;
  readonly createdAt: Instant;
}

export interface ScheduleRow extends NewSchedule {
  readonly id: number;
  readonly uuid: string;
}

/** Makes a schedule. */
export function createSchedule(db: Db, schedule: NewSchedule): ScheduleRow {
  return insert(db).get({ ...schedule, uuid: newUuid(schedule.createdAt) });
}

const insert = prepared((orm) =>
  orm
    .insert(schedules)
    .values({
      uuid: sql.placeholder("uuid"),
      projectId: sql.placeholder("projectId"),
      name: sql.placeholder("name"),
      cron: sql.placeholder("cron"),
      timeZone: sql.placeholder("timeZone"),
      branch: sql.placeholder("branch"),
      tag: sql.placeholder("tag"),
      workflow: sql.placeholder("workflow"),
      parameters: sql.placeholder("parameters"),
      createdBy: sql.placeholder("createdBy"),
      createdAt: sql.placeholder("createdAt"),
    })
    .returning()
    .prepare(),
);

const byId = prepared((orm) =>
  orm
    .select()
    .from(schedules)
    .where(eq(schedules.id, sql.placeholder("id")))
    .prepare(),
);

/** One schedule by its number. */
export function getSchedule(db: Db, id: number): ScheduleRow | undefined {
  return byId(db).get({ id });
}

const ofProject = prepared((orm) =>
  orm
    .select()
    .from(schedules)
    .where(eq(schedules.projectId, sql.placeholder("projectId")))
    .orderBy(asc(schedules.id))
    .limit(sql.placeholder("limit"))
    .prepare(),
);

/** A project's schedules, oldest first. */
export function listSchedules(db: Db, projectId: ProjectId, limit: number): ScheduleRow[] {
  return ofProject(db).all({ projectId, limit });
}

const all = prepared((orm) => orm.select().from(schedules).orderBy(asc(schedules.id)).prepare());

/** Every schedule there is. */
export function allSchedules(db: Db): ScheduleRow[] {
  return all(db).all();
}

const remove = statement("delete from schedules where id = :id");

/** Removes a schedule; its pipelines stay. */
export function deleteSchedule(db: Db, id: number): boolean {
  return remove(db).run({ id }).changes === 1;
}

const ofBranch = statement(
  "select id, workflow, cron from schedules where project_id = :projectId and branch = :branch and workflow is not null",
);

/**
 * Makes a branch's schedules those that its newest config has. One that stays as it was keeps its row, and so the slots that
 * it has taken. (R-SCH-3)
 */
export function setConfigSchedules(
  db: Db,
  place: { readonly projectId: ProjectId; readonly branch: string; readonly at: Instant },
  wanted: readonly { readonly workflow: string; readonly cron: string }[],
): void {
  inTransaction(db, () => {
    const missing = new Map(wanted.map((each) => [`${each.cron} ${each.workflow}`, each]));
    const rows = ofBranch(db).all({ projectId: place.projectId, branch: place.branch });
    for (const { id, workflow, cron } of rows as { id: number; workflow: string; cron: string }[]) {
      if (!missing.delete(`${cron} ${workflow}`)) deleteSchedule(db, id);
    }
    for (const { workflow, cron } of missing.values()) {
      createSchedule(db, {
        projectId: place.projectId,
        name: workflow,
        cron,
        timeZone: "UTC",
        branch: place.branch,
        tag: null,
        workflow,
        parameters: {},
        createdBy: "schedule",
        createdAt: place.at,
      });
    }
  });
}

const takeSlot = statement(
  "insert or ignore into schedule_slots (schedule_id, slot, pipeline_id) values (:scheduleId, :slot, null)",
);
const putPipeline = statement(
  "update schedule_slots set pipeline_id = :pipelineId where schedule_id = :scheduleId and slot = :slot",
);
const findSlot = statement("select 1 from schedule_slots where schedule_id = :scheduleId and slot = :slot");

/** A slot of a schedule. */
export interface Slot {
  readonly scheduleId: number;
  readonly slot: Instant;
}

/** Whether a slot was taken before. */
export function isSlotTaken(db: Db, slot: Slot): boolean {
  return findSlot(db).get({ ...slot }) !== undefined;
}

/** Takes a slot and makes its pipeline in one transaction; undefined when it was taken before. Null makes none. (REL-15) */
export function startSlot(db: Db, slot: Slot, pipeline: NewPipeline | null): PipelineId | undefined {
  return inTransaction(db, () => {
    if (takeSlot(db).run({ ...slot }).changes === 0 || pipeline === null) return undefined;
    const pipelineId = createPipeline(db, pipeline);
    putPipeline(db).run({ ...slot, pipelineId });
    return pipelineId;
  });
}

const newestRepository = statement(
  "select repository from pipelines where project_id = :projectId order by id desc limit 1",
);

/** A project's repository as its newest pipeline knows it. */
export function repositoryOf(db: Db, projectId: ProjectId): RepositoryRef | undefined {
  const row = newestRepository(db).get({ projectId }) as { repository: string } | undefined;
  return row === undefined ? undefined : (JSON.parse(row.repository) as RepositoryRef);
}
