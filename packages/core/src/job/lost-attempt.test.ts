import { expect, test } from "@jest/globals";

import { isMadeOnceMore, newestOfNodes } from "./lost-attempt.ts";

const setUp = { index: 0, kind: "set-up", startedAt: 1 };
const waiting = { index: 1, kind: "run", startedAt: null };
const begun = { index: 1, kind: "run", startedAt: 2 };
const service = { index: 2, kind: "service", startedAt: 2 };
const lost = { status: "error", reason: "runner_lost" } as const;

test.each([
  ["whose container is gone before its first step", 1, lost, [setUp, waiting, service], true],
  ["whose Docker did not answer", 1, { status: "error", reason: "docker_unavailable" }, [], true],
  ["whose first step had begun", 1, lost, [setUp, begun, service], false],
  ["that was made once more already", 2, lost, [setUp, waiting], false],
  ["whose image is nowhere", 1, { status: "error", reason: "image_pull_failed" }, [setUp, waiting], false],
  ["that failed by itself", 1, { status: "failure", reason: "step_failed" }, [setUp, waiting], false],
] as const)(
  "an attempt %s is made once more, or not (R-JST-2)",
  (_what, number, outcome, steps, expected) => {
    expect(isMadeOnceMore({ number }, outcome, steps)).toBe(expected);
  },
);

test("of each node the last attempt counts", () => {
  const attempts = [0, 0, 1, 2, 2].map((nodeIndex, at) => ({ nodeIndex, at }));
  expect(newestOfNodes(attempts).map(({ at }) => at)).toEqual([1, 2, 4]);
});
