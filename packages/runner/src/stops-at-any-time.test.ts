import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { expect, jest, test } from "@jest/globals";

import { aJobPlan, aRun } from "../test/plans.ts";
import { useRealDocker } from "../test/real-docker.ts";
import { resourceName } from "./names.ts";

const long = process.env["FMG_LONG"] === "1";
const CANCELS = long ? 200 : 8;
const AT_ONCE = 4;
/** TERM, 10 s, KILL, and 5 s more. */
const surelyMs = 15_000;

const docker = useRealDocker({ bash: { bash: true }, builder: { bash: true, user: "builder" } });

jest.setTimeout(CANCELS * 15_000);

test(`a job that is canceled at any of ${CANCELS} moments is canceled, with no process left and no step after (REL-23, R-LIFE-2, R-STEPST-1)`, async () => {
  const moments = Array.from({ length: CANCELS }, () => randomInt(0, 3000));
  const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let at = lane; at < CANCELS; at += AT_ONCE) await cancelAfter(moments[at]!, at);
  });
  await Promise.all(lanes);
});

async function cancelAfter(moment: number, at: number): Promise<void> {
  // One that takes no notice of TERM costs its 10 s: only the long form has many of them.
  const isStubborn = at === 0 || (long && at % 10 === 0);
  const plan = aJobPlan(docker.image(at % 2 === 0 ? "bash" : "builder"), [
    aRun("echo beside; sleep 4321", { background: true }),
    aRun("echo short"),
    aRun(`${isStubborn ? "trap '' TERM; " : ""}(setsid sleep 4321 &); echo up; sleep 4321; sleep 4321`),
    aRun("echo always", { when: "always" }),
    aRun("echo on fail", { when: "on_fail" }),
  ]);
  const input = docker.input(plan);
  const cancel = new AbortController();
  let canceledAt = Infinity;

  const running = docker.run(input, { cancel: cancel.signal });
  await delay(moment);
  canceledAt = performance.now();
  cancel.abort();
  const { outcome, recorded, log, statuses } = await running;

  const seen = { moment, statuses };
  expect({ ...seen, outcome }).toEqual({
    ...seen,
    outcome: { status: "canceled", reason: "by_user", message: "Canceled." },
  });
  expect(performance.now() - canceledAt).toBeLessThan(surelyMs);
  for (const { index, status } of recorded.progress.values()) {
    expect({ ...seen, status }).toEqual({
      ...seen,
      status: expect.stringMatching(/^(success|canceled|skipped)$/),
    });
    if (status === "canceled") expect(log(index)).toMatch(/\nCanceled\.\n$/);
  }
  expect(log(4) + log(5)).toBe("");
  await expectNoProcess(input.attemptId);
}

async function expectNoProcess(attemptId: number): Promise<void> {
  const name = resourceName(docker.instance, attemptId);
  const facts = await docker.engine.inspectContainer(name, AbortSignal.timeout(20_000));
  // Canceled before it began.
  if (facts?.state !== "running") return;
  const listed = await docker.ask(attemptId, "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '", "0");
  expect(listed.toString()).not.toContain("4321");
}
