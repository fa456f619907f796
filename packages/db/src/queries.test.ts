import { asAttemptId } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { expect, test } from "@jest/globals";
import {
  acceptDelivery,
  adoptAttempt,
  approveJob,
  attemptContext,
  cancelRequested,
  claimAttempt,
  commitCheckpoints,
  countTests,
  countUnfinished,
  createAttempts,
  dueNotification,
  dueStatuses,
  enqueueNotification,
  enqueueStatus,
  findJob,
  findToken,
  finishAttempt,
  getPipeline,
  listArtifacts,
  listAttempts,
  listCurrentJobs,
  listJobs,
  listLayers,
  listTests,
  listWorkflows,
  loadWorkflow,
  moveJob,
  movePipeline,
  moveStep,
  newestOtherOutcome,
  nextNotificationAt,
  moveWorkflow,
  nextStatusAt,
  pendingPipelines,
  putQueuePlaces,
  queuedAttempts,
  releaseLeases,
  renewLeases,
  olderOpenPipelines,
  otherSerialClaims,
  requestCancel,
  requestStop,
  workflowsWaitingForSerialGroups,
  runningAttempts,
  runningOnHost,
  setSteps,
  statusLag,
  storePlan,
  storeRerun,
  storeTestResults,
  takeNamedLease,
  testHistory,
  testTimings,
  unfinishedWorkflows,
  usualDuration,
} from "./index.ts";
import { aPush, temporaryDb } from "./testing/builders.ts";
import { queryPlans } from "./testing/query-plans.ts";

/**
 * What may be read whole: lists given with the statement, the few named leases, indexes of what is open alone, and what a
 * statement has narrowed before.
 */
const MAY_BE_READ_WHOLE =
  /^SCAN (json_each|\(subquery-\d+\)$|line$|recent$|CONSTANT ROW|leases$|\w+ USING (COVERING )?INDEX (attempts_open|attempts_by_owner|notifications_due|outbox_due|workflows_open))/;

test("no statement of a push's way, or of its tests, reads a whole table", () => {
  const temporary = temporaryDb();
  const { db } = temporary;
  const plans = queryPlans(db, () => {
    acceptDelivery(db, aPush());
    pendingPipelines(db, 9);
    const plan = { workflows: [aWorkflow(aJob("build"))], setup: false };
    const [workflowId = 0] = storePlan(db, 1, plan, { warnings: [], now: 1 }).workflowIds;
    loadWorkflow(db, workflowId);
    unfinishedWorkflows(db, 9);
    const jobId = listJobs(db, { pipelineId: 1 })[0]?.job.id ?? 0;
    const [attemptId = asAttemptId(0)] = createAttempts(db, jobId, {
      nodeTotal: 1,
      now: 1,
      label: "default",
    });
    queuedAttempts(db, 9);
    putQueuePlaces(db, [{ attemptId, place: 1, startsAt: 9 }]);
    claimAttempt(db, attemptId, "a", 1, 10);
    runningAttempts(db);
    runningOnHost(db, "host");
    usualDuration(db, { projectId: 1, jobName: "build" });
    adoptAttempt(db, attemptId, "b", () => true, 2, 10);
    renewLeases(db, "b", [attemptId], 3, 10);
    setSteps(db, attemptId, 2, [{ index: 0, name: "run", kind: "run", background: false }]);
    moveStep(db, { attemptId, index: 0, epoch: 2 }, "pending", { status: "running", at: 4 });
    commitCheckpoints(db, [{ attemptId, step: 0, epoch: 2, rawOffset: 1, storedLength: 1, at: 5 }]);
    attemptContext(db, attemptId);
    const wish = { at: 6, reason: "by_user", message: "canceled" } as const;
    requestCancel(db, { pipelineId: 1 }, wish);
    requestStop(db, 1, wish);
    olderOpenPipelines(db, 1);
    otherSerialClaims(db, 1, "prod");
    workflowsWaitingForSerialGroups(db, ["prod"]);
    cancelRequested(db, [attemptId]);
    finishAttempt(db, { attemptId, epoch: 2 }, { status: "success", at: 7 });
    enqueueStatus(db, 1, { context: "c", state: "success", description: "d", targetUrl: "u" }, 8);
    dueStatuses(db, 9, 9);
    nextStatusAt(db);
    newestOtherOutcome(db, workflowId);
    enqueueNotification(db, { receiver: "chat", change: "broken", workflowId, previousId: null }, 8);
    dueNotification(db, 9);
    nextNotificationAt(db);
    statusLag(db, 9);
    releaseLeases(db, "b");
    takeNamedLease(db, "reconcile", "b", 9, 10);
    countUnfinished(db);
    getPipeline(db, 1);
    listWorkflows(db, 1);
    findJob(db, jobId);
    listAttempts(db, jobId);
    findToken(db, "aa");
    storeTestResults(db, { attemptId, step: 1 }, [
      { name: "a", classname: "", file: "", durationMs: 1, result: "success", message: null },
    ]);
    listTests(db, jobId, { limit: 9, skip: 0, only: null });
    countTests(db, jobId);
    testHistory(db, 1, { before: 9, limit: 9 });
    testTimings(db, { projectId: 1, job: "build", before: 1 }, ["main"]);
    listArtifacts(db, jobId, { after: 0, limit: 9 });
    listLayers(db, "uuid", workflowId);
    approveJob(db, jobId, { at: 1, by: "a", sha: "b", note: null });
    moveJob(db, jobId, "blocked", { status: "canceled", at: 9 });
    moveWorkflow(db, workflowId, "running", { status: "canceled", at: 9 });
    movePipeline(db, 1, "running", { status: "canceled", at: 9 });
    const again = { by: "a", statusTargetBase: "http://fmg.test", now: 10 };
    expect(storeRerun(db, workflowId, { from: "start" }, again).kind).toBe("started");
    listCurrentJobs(db, 1);
  });
  temporary.remove();

  const whole = plans.flatMap(({ text, lines }) =>
    lines
      .filter((line) => line.startsWith("SCAN") && !MAY_BE_READ_WHOLE.test(line))
      .map((line) => `${line}: ${text}`),
  );
  expect(whole).toEqual([]);
  expect(plans.length).toBeGreaterThan(40);
});
