import { setTimeout as delay } from "node:timers/promises";

import { expect, jest, test } from "@jest/globals";

import { aJobPlan, aRun } from "../test/plans.ts";
import { record } from "../test/recorder.ts";
import { useRealDocker } from "../test/real-docker.ts";

const docker = useRealDocker({ bash: { bash: true } });

jest.setTimeout(60_000);

const count = (what: string, to: number): string =>
  Array.from({ length: to }, (_, n) => `${what} ${n}\n`).join("");
const counting = (what: string, to: number): string =>
  `for ((n = 0; n < ${to}; n++)); do echo "${what} $n"; done`;

test("background steps and the job's own each have their own bytes; one that dies fails nothing, one that will not end is killed (REL-24, R-RUN-3)", async () => {
  const beside = { background: true } as const;
  const plan = aJobPlan(docker.image("bash"), [
    aRun(`${counting("serves", 20_000)}; : >/fmg/task/served; exec sleep 4321`, beside),
    aRun("echo lives; until [ -e /fmg/task/second ]; do sleep 0.05; done; echo dies; exit 9", beside),
    // Writes on when it is told to end.
    aRun(
      "trap 'while :; do echo after the end; sleep 0.2; done' TERM; echo up; while :; do sleep 0.1; done",
      beside,
    ),
    aRun(counting("first", 2000)),
    aRun(`: >/fmg/task/second; ${counting("second", 2000)}`),
    aRun(
      `until [ -e /fmg/task/served ] && [ -e /fmg/task/dead ]; do sleep 0.05; done; ${counting("third", 2000)}`,
    ),
  ]);
  const input = docker.input(plan);
  const recorder = record();

  const running = docker.run(input, {}, recorder);
  while (recorder.progress.get(2)?.status !== "failure") await delay(10);
  await docker.ask(input.attemptId, ": >/fmg/task/dead");
  const { outcome, statuses, log } = await running;

  const events = recorder.events.length;
  const left = await docker.ask(input.attemptId, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
  expect(outcome).toEqual({ status: "success" });
  expect(statuses).toEqual(["success", "success", "failure", "success", "success", "success", "success"]);
  expect(log(1).replace("Terminated\n", "")).toBe(
    `${count("serves", 20_000)}\nStopped at the end of the job.\n`,
  );
  expect(log(2)).toBe("lives\ndies\n\nExited with code exit status 9\n");
  expect(log(3)).toMatch(
    /^up\n(?=[^]*after the end)((Terminated|Killed|after the end)\n)+\nStopped at the end of the job\.\n$/,
  );
  expect([4, 5, 6].map(log)).toEqual(["first", "second", "third"].map((what) => count(what, 2000)));
  expect(left.toString()).not.toMatch(/4321|after the end/);
  // Nothing is told of a job after its end.
  expect(recorder.events).toHaveLength(events);
});
