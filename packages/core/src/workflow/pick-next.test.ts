import { expect, test } from "@jest/globals";
import { asAttemptId } from "../ids.ts";
import { pickNext } from "./pick-next.ts";

const waiting = [
  { attemptId: asAttemptId(3), queuedAt: 10 },
  { attemptId: asAttemptId(1), queuedAt: 20 },
  { attemptId: asAttemptId(2), queuedAt: 10 },
];

test("the oldest waiting attempts are released first, as many as there are free places", () => {
  expect(pickNext(waiting, 2)).toEqual([2, 3]);
});

test("nothing is released when no place is free", () => {
  expect(pickNext(waiting, 0)).toEqual([]);
  expect(pickNext(waiting, -1)).toEqual([]);
});
