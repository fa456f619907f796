import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { enqueueStatus, statusLag } from "@fmg/db";
import { createGitHub } from "@fmg/github";
import { startFakeGitHub, type FakeGitHub, type GitHubFault } from "@fmg/testkit";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { createStatusSender } from "./status-sender.ts";

const long = process.env["FMG_LONG"] === "1";
const CHANGES = long ? 3000 : 300;
const WITHIN_MS = 5 * 60_000;
/** Long enough that a busy machine hears each answer: a wish for silence that was not heard cannot be kept. */
const SEND_TIMEOUT_MS = 750;
const sha = "a".repeat(40);
const contexts = ["fmg: main", "fmg: main/a", "fmg: main/b", "fmg: main/c"];
const never = new AbortController().signal;

let kit: TestServices;
let fake: FakeGitHub;
let random: () => number;
beforeEach(async () => {
  random = seeded(17);
  fake = await startFakeGitHub({ token: "token", now: () => kit.services.now() });
  kit = testServices({ github: createGitHub({ apiUrl: fake.apiUrl, token: new Secret("token") }) });
  fake.addRepository("octo/repo");
  fake.addCommit("octo/repo", sha);
});
afterEach(async () => {
  await fake.close();
  await kit.close();
});

test(
  "while GitHub is ill in every way, no older status comes after a newer one, none is sent when it asked for silence, and the last ones are there five minutes after it is well (REL-17)",
  async () => {
    const { pipelineId } = aStoredPipeline(kit.services, aWorkflow(aJob("a")));
    const last = new Map<string, string>();
    // Two processes that take turns: what one learned holds for the other.
    const senders = [0, 1].map(() => createStatusSender(kit.services, { sendTimeoutMs: SEND_TIMEOUT_MS }));
    const deliver = () => senders[Math.floor(random() * 2)]!.deliver(never);

    fake.failBy(() => (random() < 0.8 ? undefined : anyFault()));
    for (let i = 0; i < CHANGES; i++) {
      const context = contexts[Math.floor(random() * contexts.length)]!;
      const description = String(i).padStart(6, "0");
      const state = random() < 0.5 ? "pending" : "success";
      enqueueStatus(
        kit.services.db,
        pipelineId,
        { context, state, description, targetUrl: "http://fmg.test/p/1" },
        kit.services.now(),
      );
      last.set(context, description);
      await deliver();
      kit.advanceTime(Math.floor(random() * 15_000));
    }
    fake.failBy();
    const recovered = kit.services.now();
    for (;;) {
      const nextAt = await senders[0]!.deliver(never);
      if (nextAt === undefined) break;
      kit.advanceTime(Math.max(1, nextAt - kit.services.now()));
    }

    expect(kit.services.now() - recovered).toBeLessThanOrEqual(WITHIN_MS);
    expect(statusLag(kit.services.db, kit.services.now()).waitingMs).toBe(0);
    expect(fake.violations).toEqual([]);
    for (const context of contexts) {
      const stored = fake.statuses(sha).filter((status) => status.context === context);
      const order = stored.map(({ description }) => description ?? "");
      expect(order).toEqual([...order].sort());
      expect(order.at(-1)).toBe(last.get(context));
    }
    expect(fake.requests.length).toBeGreaterThan(CHANGES / 3);
  },
  long ? 600_000 : 60_000,
);

function anyFault(): GitHubFault {
  const inSeconds = (least: number) => Math.floor(least + random() * 100);
  const resetAt = Math.ceil(kit.services.now() / 1000) + inSeconds(5);
  const faults: readonly GitHubFault[] = [
    { kind: "status", status: 500 },
    { kind: "status", status: 502 },
    { kind: "status", status: 503 },
    { kind: "status", status: 401 },
    { kind: "retry-after", seconds: inSeconds(1) },
    { kind: "secondary-limit", status: 403 },
    { kind: "secondary-limit", status: 429 },
    { kind: "limit-reached", resetAt },
    { kind: "quota-used-up", resetAt },
    { kind: "hang" },
    { kind: "reset" },
    { kind: "cut-answer" },
    { kind: "slow", everyMs: 100 },
  ];
  return faults[Math.floor(random() * faults.length)]!;
}

/** The same numbers in every run. (mulberry32) */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
