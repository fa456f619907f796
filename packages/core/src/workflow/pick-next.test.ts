import { expect, test } from "@jest/globals";
import { asAttemptId } from "../ids.ts";
import { overtakingForMs, pickNext, without, type WaitingAttempt } from "./pick-next.ts";

const waits = (id: number, queuedAt: number, cpus = 1, memoryBytes = 100): WaitingAttempt => ({
  attemptId: asAttemptId(id),
  queuedAt,
  demand: { cpus, memoryBytes },
});
const roomy = { cpus: 100, memoryBytes: 10_000 };

test("the oldest waiting attempts are released first, as many as the host has cores for", () => {
  const waiting = [waits(3, 10), waits(1, 20), waits(2, 10)];
  expect(pickNext(waiting, { ...roomy, cpus: 2 }, 30)).toEqual([2, 3]);
  expect(pickNext(waiting, { ...roomy, cpus: 0 }, 30)).toEqual([]);
  expect(pickNext(waiting, { ...roomy, cpus: -1 }, 30)).toEqual([]);
});

test("memory is counted as cores are", () => {
  const waiting = [waits(1, 1), waits(2, 2), waits(3, 3)];
  expect(pickNext(waiting, { ...roomy, memoryBytes: 250 }, 10)).toEqual([1, 2]);
});

test("a smaller attempt overtakes one that does not fit, but not one that has waited long", () => {
  const waiting = [waits(1, 0, 4), waits(2, 1, 1)];
  const free = { ...roomy, cpus: 2 };
  expect(pickNext(waiting, free, overtakingForMs - 1)).toEqual([2]);
  expect(pickNext(waiting, free, overtakingForMs)).toEqual([]);
  expect(pickNext(waiting, { ...roomy, cpus: 4 }, overtakingForMs)).toEqual([1]);
});

test("three thirds of a core fit into one", () => {
  const thirds = [1, 2, 3].map((id) => waits(id, id, 1 / 3));
  expect(pickNext(thirds, { ...roomy, cpus: 1 }, 10)).toEqual([1, 2, 3]);
});

test("what runs is taken off what the host has", () => {
  const all = { cpus: 4, memoryBytes: 1000 };
  expect(without(all, { cpus: 1, memoryBytes: 300 }, { cpus: 0.5, memoryBytes: 100 })).toEqual({
    cpus: 2.5,
    memoryBytes: 600,
  });
});
