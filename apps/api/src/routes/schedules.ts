import { routes, type Schedule } from "@fmg/client";
import {
  createSchedule,
  deleteSchedule,
  getSchedule,
  inTransaction,
  listSchedules,
  nextSlots,
  recordAudit,
  timetableFault,
  type ScheduleRow,
} from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { projectOr404 } from "../find.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { wantedRef } from "./triggers.ts";

const mostSchedules = 1000;

/** Schedules: when pipelines start by themselves. The orchestrator starts them. (R-SCH-5) */
export async function scheduleRoutes(app: FastifyInstance, { db, now }: Adapters): Promise<void> {
  serve(app, routes.listSchedules, ({ params }) => {
    const rows = listSchedules(db, projectOr404(db, params).id, mostSchedules);
    return { items: rows.map((row) => scheduleToWire(row, now())), next: null };
  });

  serve(app, routes.createSchedule, ({ params, body }, request) => {
    const project = projectOr404(db, params);
    const { name, cron, timeZone = "UTC", parameters = {} } = body;
    const fault = timetableFault({ cron, timeZone });
    if (fault !== undefined) throw new ProblemDetail("invalid-request", `${fault}.`);
    const ref = wantedRef(body, project);
    const actor = actorOf(db, request);
    return inTransaction(db, () => {
      if (listSchedules(db, project.id, mostSchedules).length === mostSchedules) {
        throw new ProblemDetail("conflict", `A repository has ${mostSchedules} schedules at most.`);
      }
      const row = createSchedule(db, {
        projectId: project.id,
        name,
        cron,
        timeZone,
        branch: ref.kind === "branch" ? ref.name : null,
        tag: ref.kind === "tag" ? ref.name : null,
        workflow: null,
        parameters,
        createdBy: actor.tokenName ?? "api",
        createdAt: now(),
      });
      recordAudit(db, {
        ...actor,
        at: now(),
        action: "schedule.create",
        target: `schedule ${row.id}`,
        detail: cron,
      });
      return scheduleToWire(row, now());
    });
  });

  serve(app, routes.deleteSchedule, ({ params }, request) =>
    inTransaction(db, () => {
      const row = getSchedule(db, params.id);
      if (row === undefined) throw new ProblemDetail("not-found", `There is no schedule ${params.id}.`);
      if (row.workflow !== null) {
        const where = `the config of branch ${row.branch}`;
        throw new ProblemDetail("conflict", `Schedule ${row.id} stands in ${where}: remove it there.`);
      }
      deleteSchedule(db, row.id);
      const target = `schedule ${row.id}`;
      recordAudit(db, {
        ...actorOf(db, request),
        at: now(),
        action: "schedule.delete",
        target,
        detail: row.cron,
      });
      return scheduleToWire(row, now());
    }),
  );
}

function scheduleToWire({ projectId: _projectId, createdAt, ...row }: ScheduleRow, now: number): Schedule {
  return {
    ...row,
    createdAt: new Date(createdAt).toISOString(),
    nextTimes: nextSlots(row, now, 3).map((slot) => new Date(slot).toISOString()),
  };
}
