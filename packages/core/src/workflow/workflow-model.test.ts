import { test } from "@jest/globals";
import fc from "fast-check";
import type { JobPlan, RequiredStatus, WorkflowPlan } from "../plan/pipeline-plan.ts";
import { isFinal, isLegalMove, type Outcome, type Status } from "../status.ts";
import { aJob, aRequirement, aWorkflow } from "../testing/index.ts";
import { circleciStatus, dueJobMoves, type JobMove, type JobState } from "./ready-jobs.ts";
import { reachOfCancel } from "./cancellation.ts";
import { planRerun } from "./rerun.ts";
import { isFailing, rollUp, workflowStatus } from "./roll-up.ts";

/*
 * The graph as a model. A random workflow is driven by random events, as several orchestrators with a lossy queue would:
 * decisions on what was read long ago, moves that are applied in part, ends that are told twice, nudges that never come.
 * What it must come to is worked out beside it, from the graph alone.
 */

/** A workflow, and how each of its jobs ends if it comes to run. */
interface Case {
  readonly plan: WorkflowPlan;
  readonly ends: ReadonlyMap<string, JobState>;
  /** What happens; beyond the last one, reconcile goes on until nothing is due. */
  readonly events: readonly number[];
  /** What the jobs are at first; all are blocked unless told. */
  readonly start?: States;
  /** Whether somebody cancels jobs, and the workflow, in between. */
  readonly cancels?: boolean;
}

const allStatuses: readonly RequiredStatus[] = ["success", "failed", "canceled", "unauthorized", "not_run"];
const kinds: readonly JobPlan["kind"][] = ["build", "build", "build", "approval", "no-op", "lock", "unlock"];
const outcomes: readonly JobState[] = [
  { status: "success" },
  { status: "success" },
  { status: "success" },
  { status: "failure", reason: "step_failed" },
  { status: "error", reason: "runner_lost" },
  { status: "error", reason: "unauthorized" },
  { status: "canceled", reason: "by_user" },
];

/** An edge to an earlier job, and which of its ends it asks for. */
const edge = fc.record({
  to: fc.nat(7),
  statuses: fc.oneof(
    { weight: 3, arbitrary: fc.constant<RequiredStatus[]>(["success"]) },
    { weight: 1, arbitrary: fc.subarray([...allStatuses], { minLength: 1 }) },
  ),
});
const node = fc.record({
  kind: fc.constantFrom(...kinds),
  end: fc.constantFrom(...outcomes),
  edges: fc.array(edge, { maxLength: 3 }),
});
const cases = fc
  .record({
    nodes: fc.array(node, { minLength: 1, maxLength: 9 }),
    events: fc.array(fc.nat(1000), { maxLength: 40 }),
  })
  .map(({ nodes, events }): Case => {
    const jobs = nodes.map(({ kind, edges }, at): JobPlan => {
      const requires = edges
        .filter(({ to }) => to < at)
        .map(({ to, statuses }) => aRequirement(`j${to}`, ...statuses));
      const build = aJob(`j${at}`, { requires });
      if (kind === "build") return build;
      const { executor: _executor, steps: _steps, ...base } = build;
      return { ...base, kind };
    });
    const ends = new Map(nodes.map(({ kind, end }, at) => [`j${at}`, endOf(kind, end)]));
    return { plan: aWorkflow(...jobs), ends, events };
  });

/** A control job succeeds by itself; a person approves a hold or does not. */
function endOf(kind: JobPlan["kind"], end: JobState): JobState {
  if (kind === "build") return end;
  const isDenied = kind === "approval" && end.status !== "success";
  return isDenied ? { status: "canceled", reason: "by_user" } : { status: "success" };
}

/** How each job must end: jobs stand after those that they require. What has ended at the start stays. */
function expected({ plan, ends, start }: Case): Map<string, Status> {
  const done = new Map<string, JobState>();
  for (const job of plan.jobs) {
    const before = start?.get(job.name);
    if (before !== undefined && isFinal(before.status)) {
      done.set(job.name, before);
      continue;
    }
    const runs = job.requires.every(({ job: required, statuses }) => {
      const { status, reason } = done.get(required)!;
      return statuses.includes(circleciStatus(status as Outcome, reason));
    });
    done.set(job.name, runs ? ends.get(job.name)! : { status: "skipped" });
  }
  return new Map([...done].map(([name, { status }]) => [name, status]));
}

type States = Map<string, JobState>;

/** Drives one case, checking every step; returns the states that nothing moves any more. */
function drive({ plan, ends, events, start, cancels = false }: Case): States {
  const states: States = start ?? new Map(plan.jobs.map(({ name }) => [name, { status: "blocked" }]));
  const wishes = new Set<string>();
  let isCanceled = false;
  let remembered: States = new Map(states);
  let wasFailing = false;

  const move = (job: string, from: Status, to: JobState): boolean => {
    if (states.get(job)!.status !== from) return false;
    must(isLegalMove("job", from, to.status), `${job} moves from ${from} to ${to.status}`);
    states.set(job, to);
    check();
    return true;
  };
  const apply = (due: readonly JobMove[]): boolean => {
    let moved = false;
    for (const { job, to, reason } of due) {
      if (to !== "skipped") mustBeMet(plan, job, states);
      must(!isCanceled || to === "skipped", "nothing of a canceled workflow starts");
      moved = move(job, "blocked", reason === undefined ? { status: to } : { status: to, reason }) || moved;
    }
    return moved;
  };
  const end = (job: string): boolean => {
    const result = ends.get(job)!;
    if (states.get(job)!.status === "on_hold") return move(job, "on_hold", result);
    if (result.status !== "canceled") move(job, "queued", { status: "running" });
    return move(job, "running", result) || move(job, "queued", result);
  };
  /** As every advance does before anything else: what has started is asked to stop, and ends by itself. */
  const carryOutWishes = (): void => {
    for (const [job, { status }] of states) {
      const isWished = isCanceled || wishes.has(job);
      if (!isWished || reachOfCancel(status, status === "queued" || status === "running") !== "ends")
        continue;
      move(job, status, { status: "canceled", reason: "by_user" });
    }
  };
  const check = (): void => {
    const now = [...states.values()].map(({ status }) => status);
    const whole = workflowStatus([...states.values()]);
    must(isFinal(whole) === now.every(isFinal), "a workflow ends with its last job");
    must(isFailing(now) || !wasFailing, "what is failing stays so");
    wasFailing = isFailing(now);
  };

  for (const event of events) {
    const job = plan.jobs[event % plan.jobs.length]!.name;
    carryOutWishes();
    switch (event % (cancels ? 7 : 5)) {
      case 0:
        apply(dueJobMoves(plan, states));
        break;
      case 1:
        // By one who read long ago; a wish to cancel is read with the jobs.
        if (!isCanceled) apply(dueJobMoves(plan, remembered));
        break;
      case 2:
        // By one who dies in the middle.
        apply(dueJobMoves(plan, states).slice(0, 1));
        break;
      case 3:
        // Told for a job that has ended too, or never started.
        end(job);
        break;
      case 4:
        // A nudge is lost; somebody reads.
        remembered = new Map(states);
        break;
      case 5:
        if (!isFinal(states.get(job)!.status)) wishes.add(job);
        break;
      case 6:
        isCanceled ||= event > 800;
    }
  }
  for (let round = 0; ; round++) {
    must(round < 10 * plan.jobs.length, "it comes to an end");
    carryOutWishes();
    const moved = apply(dueJobMoves(plan, states));
    const active = plan.jobs.find(({ name }) => isActive(states.get(name)!.status));
    if (!moved && active === undefined) return states;
    if (active !== undefined) end(active.name);
  }
}

function isActive(status: Status): boolean {
  return status === "queued" || status === "running" || status === "on_hold";
}

function mustBeMet(plan: WorkflowPlan, name: string, states: States): void {
  for (const { job, statuses } of plan.jobs.find((job) => job.name === name)!.requires) {
    const { status, reason } = states.get(job)!;
    must(isFinal(status), `${name} waits for ${job}`);
    must(
      statuses.includes(circleciStatus(status as Outcome, reason)),
      `${name} asks for another end of ${job}`,
    );
  }
}

/** As `expect`, which takes most of the time of so many cases. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

test("10,000 random workflows: no job starts before its requirements, each ends, and as it must, in whatever order things happen (R-REQ-4, R-WST-1, R-WST-2)", () => {
  fc.assert(
    fc.property(cases, (one) => {
      const ended = [...drive(one)].map(([name, { status }]) => [name, status]);
      must(String(ended) === String([...expected(one)]), `it ends as ${String([...expected(one)])}`);
      const result = rollUp(ended.map(([, status]) => status as Status));
      const isRed = ended.some(([, status]) => status === "failure" || status === "error");
      must(isRed === (result === "failure" || result === "error"), "red is what has a red job");
    }),
    { numRuns: 10_000 },
  );
});

test("10,000 random workflows that somebody cancels, in part or whole: each ends all the same, and what has ended stays (R-WST-4, R-WST-5)", () => {
  fc.assert(
    fc.property(cases, (one) => {
      const ended = drive({ ...one, cancels: true });
      must(
        [...ended.values()].every(({ status }) => isFinal(status)),
        "every job ends",
      );
    }),
    { numRuns: 10_000 },
  );
});

test("10,000 random workflows that ended are started again: what does not run again stands as it ended, the rest ends as it must (R-RR-1)", () => {
  fc.assert(
    fc.property(cases, fc.nat(8), fc.boolean(), (one, at, isWhole) => {
      const first = drive(one);
      const named = one.plan.jobs[at % one.plan.jobs.length]!.name;
      const jobs = [...first].map(([name, { status }]) => ({ name, status, finishedAt: 1 }));
      const wish = isWhole ? ({ from: "failed" } as const) : ({ from: "job", job: named } as const);
      const planned = planRerun(one.plan, jobs, wish, 2);
      if (planned.kind === "refused") return;
      const start: States = new Map(
        [...first].map(([name, state]) => [name, planned.runs.has(name) ? { status: "blocked" } : state]),
      );
      const ends = new Map([...one.ends.keys()].map((name) => [name, { status: "success" } as const]));
      const again = { plan: one.plan, ends, events: one.events };
      const wanted = expected({ ...again, start: new Map(start) });
      const ended = [...drive({ ...again, start })].map(([name, { status }]) => [name, status]);
      must(String(ended) === String([...wanted]), `it ends as ${String([...wanted])}`);
    }),
    { numRuns: 10_000 },
  );
});
