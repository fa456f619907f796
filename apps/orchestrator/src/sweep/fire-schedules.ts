import { isFmgError, type TriggerEvent } from "@fmg/core";
import {
  allSchedules,
  deleteSchedule,
  dueSlot,
  isSlotTaken,
  repositoryOf,
  startSlot,
  type ScheduleRow,
} from "@fmg/db";
import { resolveRef } from "@fmg/git";
import { nudge, type Services } from "../services.ts";

/** Servers asked at once: at midnight many schedules are due. */
const AT_ONCE = 8;
const ANSWER_WITHIN_MS = 20_000;

/**
 * Starts the pipelines of schedules that are due. What is due follows from the clock alone and a slot is a row, so that any
 * process may ask at any time, also after the clock jumped: each slot is taken once. (REL-15)
 */
export async function fireSchedules(services: Services): Promise<void> {
  const { db } = services;
  const due = allSchedules(db).flatMap((schedule) => {
    const slot = dueSlot(schedule, services.now());
    const isDue = slot !== undefined && slot > schedule.createdAt;
    return isDue && !isSlotTaken(db, { scheduleId: schedule.id, slot }) ? [{ schedule, slot }] : [];
  });
  for (let at = 0; at < due.length; at += AT_ONCE) {
    await Promise.all(
      due.slice(at, at + AT_ONCE).map(({ schedule, slot }) => fire(services, schedule, slot)),
    );
  }
}

async function fire(services: Services, schedule: ScheduleRow, slot: number): Promise<void> {
  const { db, log } = services;
  const about = { scheduleId: schedule.id, slot: new Date(slot).toISOString() };
  try {
    const repository = repositoryOf(db, schedule.projectId);
    if (repository === undefined) return;
    const ref = refOf(schedule);
    const sha = await resolveRef({
      url: repository.cloneUrl,
      ref: ref.kind === "branch" ? `refs/heads/${ref.name}` : `refs/tags/${ref.name}`,
      token: services.settings.githubToken,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (sha === undefined) return leaveOut(services, schedule, slot);
    const pipelineId = startSlot(
      db,
      { scheduleId: schedule.id, slot },
      {
        trigger: triggerOf(schedule, ref, sha),
        repository,
        statusTargetBase: services.settings.publicUrl,
        at: services.now(),
      },
    );
    if (pipelineId === undefined) return;
    nudge(services, { queue: "pipelines", pipelineId });
    log.info({ ...about, pipelineId }, "a schedule started a pipeline");
  } catch (error) {
    // Asked again with the next look, as long as the slot is not too late.
    if (!isFmgError(error) && !(Error.isError(error) && error.name === "TimeoutError")) throw error;
    log.warn({ ...about, err: error }, "a schedule could not start its pipeline yet");
  }
}

/** With its branch the config is gone that the schedule stood in; another one may find its branch or tag the next time. */
function leaveOut({ db, log }: Services, schedule: ScheduleRow, slot: number): void {
  startSlot(db, { scheduleId: schedule.id, slot }, null);
  if (schedule.workflow !== null) deleteSchedule(db, schedule.id);
  log.warn({ scheduleId: schedule.id, slot }, "a schedule's branch or tag is not there; nothing was started");
}

function refOf({ branch, tag }: ScheduleRow): TriggerEvent["ref"] {
  return branch === null ? { kind: "tag", name: tag ?? "" } : { kind: "branch", name: branch };
}

function triggerOf(schedule: ScheduleRow, ref: TriggerEvent["ref"], sha: string): TriggerEvent {
  const { uuid, name, workflow, parameters, createdBy } = schedule;
  return {
    kind: "schedule",
    ref,
    sha,
    baseSha: null,
    // Read from the commit when it is compiled.
    commit: { subject: "", body: "", authorLogin: null, authorName: null, url: null },
    sender: { login: createdBy, id: 0 },
    parameters,
    schedule: { id: uuid, name, ...(workflow === null ? {} : { workflow }) },
  };
}
