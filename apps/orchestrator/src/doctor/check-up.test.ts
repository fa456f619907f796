import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { Secret, type Finding } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import {
  claimAttempt,
  dueStatuses,
  enqueueStatus,
  finishAttempt,
  getAttempt,
  lastStatuses,
  loadWorkflow,
  moveJob,
  sayAgain,
  setSteps,
} from "@fmg/db";
import { createGitHub, sendStatus } from "@fmg/github";
import { openBell, openQueueMessages, type Bell, type QueueMessages } from "@fmg/queue";
import { aRedis, type TestRedis } from "@fmg/queue/testing";
import { connectDocker, listOwn } from "@fmg/runner";
import { fakeEngine } from "@fmg/runner/testing";
import { startFakeGitHub, type FakeGitHub } from "@fmg/testkit";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { createStatusSender } from "../report/status-sender.ts";
import { createLeases } from "../run/leases.ts";
import { adoptAttempts } from "../run/run-attempt.ts";
import { createScribe } from "../run/scribe.ts";
import type { Services } from "../services.ts";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { checkUp } from "./check-up.ts";

// Real Docker and a real Redis, on a machine that may be busy with other tests.
jest.setTimeout(60_000);

const sha = "a".repeat(40);
const engine = connectDocker();
let redis: TestRedis;
let github: FakeGitHub;
let kit: TestServices;
let bell: Bell;
let messages: QueueMessages;
let services: Services;

beforeEach(async () => {
  redis = await aRedis();
  bell = openBell(redis.url);
  messages = openQueueMessages(redis.url);
  github = await startFakeGitHub({ token: "token" });
  github.addRepository("octo/repo");
  kit = testServices({
    engine,
    github: createGitHub({ apiUrl: github.apiUrl, token: new Secret("token") }),
  });
  const instance = `test-${randomBytes(4).toString("hex")}`;
  services = Object.create(kit.services, {
    bell: { value: bell },
    instance: { value: instance },
  }) as Services;
});
afterEach(async () => {
  for (const { name } of await listOwn(engine, services.instance)) {
    await engine.removeVolume(name, AbortSignal.timeout(30_000));
  }
  await Promise.all([bell.close(), messages.close(), github.close(), kit.close()]);
  await redis.remove();
});

const examine = (mode: "look" | "mend", adopt = () => {}) => checkUp(services, { messages, adopt }, mode);
const deliver = () => createStatusSender(services).deliver(AbortSignal.timeout(30_000));

/** A pipeline of one job whose attempt is queued, and of which Redis and GitHub know all. */
async function aQueuedAttempt(): Promise<{ workflowId: number; attemptId: number }> {
  github.addCommit("octo/repo", sha);
  const [workflowId = 0] = aStoredPipeline(kit.services, aWorkflow(aJob("a"))).workflowIds;
  advanceWorkflow(kit.services, workflowId);
  const attemptId = loadWorkflow(services.db, workflowId).jobs[0]!.attempts[0]!.id;
  await bell.ring({ queue: "jobs", label: "default", attemptId });
  await deliver();
  return { workflowId, attemptId };
}

/** It was seen, it is mended on request, and then there is nothing to see any more. */
async function expectMended(
  wanted: Partial<Finding>,
  between: { adopt?: () => void; afterwards?: () => Promise<unknown> } = {},
): Promise<void> {
  const looked = await examine("look");
  expect(looked).toEqual([expect.objectContaining({ ...wanted, mending: "possible" })]);
  // Looking mended nothing.
  expect(await examine("look")).toEqual(looked);
  expect(await examine("mend", between.adopt)).toEqual([{ ...looked[0], mending: "done" }]);
  await between.afterwards?.();
  expect(await examine("look")).toEqual([]);
}

test("where all agree there is nothing to find, and no request of GitHub's is wasted", async () => {
  await aQueuedAttempt();
  const before = github.requests.length;
  expect(await examine("mend")).toEqual([]);
  expect(github.requests.slice(before)).toEqual([expect.stringMatching(/^GET .*statuses/)]);
});

test("a queued attempt that a flushed Redis forgot is handed over again", async () => {
  const { attemptId } = await aQueuedAttempt();
  await redis.flush();
  const what = expect.stringContaining(`attempt ${attemptId} is queued and has room`);
  await expectMended({ area: "redis", what: what as unknown as string });
  expect((await messages.list("jobs", "default")).map(({ message }) => message.attemptId)).toEqual([
    attemptId,
  ]);
});

test("a message about an attempt that is over is removed", async () => {
  await aQueuedAttempt();
  await bell.ring({ queue: "jobs", label: "default", attemptId: 4711 });
  await expectMended({ area: "redis", what: "Redis has a message about attempt 4711, which is unknown" });
  expect(await messages.list("jobs", "default")).toHaveLength(1);
});

test("a volume of an attempt that nobody knows is removed from Docker", async () => {
  await aQueuedAttempt();
  const name = `fmg-${services.instance}-a4711`;
  const labels = { "fmg.instance": services.instance, "fmg.attempt": "4711" };
  await engine.createVolume(name, labels, AbortSignal.timeout(30_000));
  await expectMended({
    area: "docker",
    what: `the volume ${name} is left of attempt 4711, which is over`,
  });
  expect(await listOwn(engine, services.instance)).toEqual([]);
});

test("an attempt whose orchestrator is gone is taken over", async () => {
  // Without the job's image, so that it ends at once.
  services = Object.create(services, { engine: { value: fakeEngine() } }) as Services;
  const { attemptId } = await aQueuedAttempt();
  const message = (await messages.list("jobs", "default"))[0]!;
  await message.forget();
  const claim = claimAttempt(services.db, attemptId, "another-host", services.now(), 1000);
  if (typeof claim === "string") throw new Error(claim);
  setSteps(services.db, attemptId, claim.epoch, [
    { index: 0, name: "Spin up environment", kind: "setup", background: false },
  ]);
  kit.advanceTime(1001);
  const leases = createLeases(services);
  const scribe = createScribe(services);
  const work: Promise<void>[] = [];
  await expectMended(
    { area: "database", what: `attempt ${attemptId} is "running", and nobody carries it out` },
    {
      adopt: () => void work.push(...adoptAttempts({ services, leases, scribe })),
      afterwards: async () => {
        await Promise.all(work);
        // No image of that name: it ended, and said so on the commit.
        advanceWorkflow(kit.services, getWorkflowOf(attemptId));
        await deliver();
      },
    },
  );
  expect(work).toHaveLength(1);
  expect(getAttempt(services.db, attemptId)?.status).toBe("error");
  leases.close();
  scribe.close();
});

const getWorkflowOf = (attemptId: number): number =>
  [1, 2].find((id) =>
    loadWorkflow(services.db, id).jobs.some(({ attempts }) => attempts.some((each) => each.id === attemptId)),
  )!;

test("a status that somebody else wrote over is sent again", async () => {
  await aQueuedAttempt();
  const status = {
    context: "fmg",
    state: "success",
    description: "2 jobs",
    targetUrl: "http://f/p/1",
  } as const;
  enqueueStatus(services.db, 1, status, services.now());
  await deliver();
  const forged = {
    ...status,
    owner: "octo",
    repo: "repo",
    sha,
    state: "failure",
    description: "forged",
  } as const;
  await sendStatus(kit.services.github!, forged, AbortSignal.timeout(30_000));
  const what = expect.stringMatching(
    /"fmg" of octo\/repo@aaaaaaa .* is success, "2 jobs", and GitHub shows failure/,
  );
  await expectMended({ area: "github", what: what as unknown as string }, { afterwards: deliver });
  expect(github.combined(sha).get("fmg")).toMatchObject({ state: "success", description: "2 jobs" });
});

test("a status that GitHub refused is told with GitHub's words, and sent again on request", async () => {
  aStoredPipeline(kit.services, aWorkflow(aJob("a")));
  // GitHub does not know the commit yet.
  await deliver();
  github.addCommit("octo/repo", sha);
  const cause = expect.stringContaining("GitHub answered 422") as unknown as string;
  const looked = (await examine("look")).filter(({ area }) => area === "github");
  expect(looked).toEqual([expect.objectContaining({ cause, mending: "possible" })]);
  await examine("mend");
  await deliver();
  expect((await examine("look")).filter(({ area }) => area === "github")).toEqual([]);
  expect(github.combined(sha).get("fmg")).toMatchObject({ state: "pending" });
  expect(dueStatuses(services.db, services.now(), 9)).toEqual([]);
});

test("what has changed since is not said again: the newest word of a context stands", async () => {
  await aQueuedAttempt();
  const older = lastStatuses(services.db, 9).find(({ context }) => context === "fmg")!;
  const status = {
    context: "fmg",
    state: "success",
    description: "2 jobs",
    targetUrl: "http://f/p/1",
  } as const;
  enqueueStatus(services.db, 1, status, services.now());
  await deliver();
  sayAgain(services.db, older.id, services.now());
  expect(dueStatuses(services.db, services.now(), 9)).toEqual([]);
  const ofContext = lastStatuses(services.db, 9).filter(({ context }) => context === "fmg");
  expect(ofContext).toMatchObject([{ state: "success", owner: "octo", repo: "repo", sha, status: "sent" }]);
});

test("a workflow whose jobs have all ended is nudged to end too", async () => {
  const { workflowId, attemptId } = await aQueuedAttempt();
  await (await messages.list("jobs", "default"))[0]!.forget();
  claimAttempt(services.db, attemptId, services.owner, services.now(), 60_000);
  finishAttempt(services.db, { attemptId }, { status: "success", at: services.now() });
  const { job } = loadWorkflow(services.db, workflowId).jobs[0]!;
  moveJob(services.db, job.id, job.status, { status: "success", at: services.now() });
  await expectMended(
    { area: "database", what: `workflow ${workflowId} has not ended, and all its jobs have` },
    {
      afterwards: async () => {
        const nudged = await messages.list("workflows");
        for (const { message } of nudged) advanceWorkflow(kit.services, message.workflowId);
        await deliver();
      },
    },
  );
});

test("an ill GitHub, a missing token and a Docker that is away are findings for a person", async () => {
  await aQueuedAttempt();
  github.failNext(1, { kind: "status", status: 502 });
  expect(await examine("mend")).toMatchObject([{ area: "github", mending: "by-hand" }]);
  const away = connectDocker({ socketPath: "/nowhere/docker.sock" });
  services = Object.create(services, { engine: { value: away }, github: { value: undefined } }) as Services;
  const findings = await examine("mend");
  services = Object.getPrototypeOf(services) as Services;
  expect(findings).toMatchObject([
    { area: "docker", what: "Docker could not be looked at", mending: "by-hand" },
    { area: "github", cause: "GITHUB_TOKEN is not set for the orchestrator.", mending: "by-hand" },
  ]);
});
