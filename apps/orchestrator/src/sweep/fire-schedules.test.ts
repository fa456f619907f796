import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import {
  acceptDelivery,
  allSchedules,
  createSchedule,
  getPipeline,
  listPipelines,
  setConfigSchedules,
} from "@fmg/db";
import { aPush } from "@fmg/db/testing";
import { startGitServer, type GitServer } from "@fmg/git/testing";
import { testServices, type TestServices } from "../testing/test-services.ts";
import { fireSchedules } from "./fire-schedules.ts";

// A real git server, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

const HOUR = 3_600_000;
let git: GitServer;
let tip: string;
let its: TestServices;
let projectId: NonNullable<ReturnType<typeof getPipeline>>["projectId"];

beforeEach(async () => {
  git = await startGitServer();
  tip = await git.commit("octo/repo", { files: { a: "1" } });
  its = testServices();
  const push = aPush({ receivedAt: its.services.now() });
  const repository = { ...push.repository, cloneUrl: git.cloneUrl("octo/repo") };
  const { pipelineId } = acceptDelivery(its.services.db, { ...push, repository });
  ({ projectId } = getPipeline(its.services.db, pipelineId)!);
});
afterEach(async () => {
  await its.close();
  await git.close();
});

const hourly = () => ({
  projectId,
  name: "hourly",
  cron: "0 * * * *",
  timeZone: "UTC",
  branch: "main",
  tag: null,
  workflow: null,
  parameters: { full: true },
  createdBy: "ada",
  createdAt: its.services.now(),
});
/** The clock stands on 13 minutes past an hour at first. */
const toHour = (hours: number) => HOUR - (its.services.now() % HOUR) + (hours - 1) * HOUR;
const started = () => listPipelines(its.services.db, { limit: 100 }).items.length - 1;

test("a schedule starts a pipeline of its branch's head, with its parameters, at its time and once (R-SCH-5)", async () => {
  const { services, advanceTime, nudges } = its;
  const schedule = createSchedule(services.db, hourly());
  await fireSchedules(services);
  expect(started()).toBe(0);

  advanceTime(toHour(1));
  await Promise.all([fireSchedules(services), fireSchedules(services)]);
  await fireSchedules(services);

  expect(started()).toBe(1);
  const [newest] = listPipelines(services.db, { limit: 1 }).items;
  expect(newest).toMatchObject({ status: "pending", branch: "main", sha: tip });
  expect(newest?.event).toMatchObject({
    kind: "schedule",
    parameters: { full: true },
    sender: { login: "ada" },
    schedule: { id: schedule.uuid, name: "hourly" },
  });
  expect(nudges).toEqual([{ queue: "pipelines", pipelineId: newest!.id }]);
});

test("a clock that jumps by an hour or a day, back and forth, starts no slot twice and loses none to come (REL-15)", async () => {
  const { services, advanceTime } = its;
  createSchedule(services.db, hourly());
  advanceTime(toHour(1));
  const jumps = [0, HOUR, -HOUR, 24 * HOUR, -24 * HOUR, 0];
  const counts = [];
  for (const jump of jumps) {
    advanceTime(jump);
    await fireSchedules(services);
    counts.push(started());
  }
  // The hour after the start, that a jump took already, and then one of its own.
  for (const step of [HOUR, HOUR]) {
    advanceTime(step);
    await fireSchedules(services);
    counts.push(started());
  }
  expect(counts).toEqual([1, 2, 2, 3, 3, 3, 3, 4]);
});

test("a server that does not answer is asked again; a config's schedule goes with its branch (R-SCH-3)", async () => {
  const { services, advanceTime } = its;
  createSchedule(services.db, hourly());
  const place = { projectId, branch: "gone", at: services.now() };
  setConfigSchedules(services.db, place, [{ workflow: "nightly", cron: "0 * * * *" }]);
  advanceTime(toHour(1));
  git.failNext(2, 500);
  await fireSchedules(services);
  expect([started(), allSchedules(services.db).length]).toEqual([0, 2]);

  advanceTime(15_000);
  await fireSchedules(services);

  expect(started()).toBe(1);
  expect(allSchedules(services.db).map(({ name }) => name)).toEqual(["hourly"]);
});

test("a schedule of a config that stays as it was keeps the slots that it has taken (R-SCH-3)", async () => {
  const { services, advanceTime } = its;
  const place = { projectId, branch: "main", at: services.now() };
  const wanted = [{ workflow: "nightly", cron: "0 * * * *" }];
  setConfigSchedules(services.db, place, wanted);
  advanceTime(toHour(1));
  await fireSchedules(services);
  setConfigSchedules(services.db, place, [...wanted, { workflow: "weekly", cron: "0 0 * * 0" }]);
  await fireSchedules(services);

  expect(started()).toBe(1);
  expect(listPipelines(services.db, { limit: 1 }).items[0]?.event.schedule).toMatchObject({
    workflow: "nightly",
  });
  expect(allSchedules(services.db)).toHaveLength(2);
});
