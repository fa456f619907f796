import { describe, expect, test } from "@jest/globals";
import { asAttemptId } from "../ids.ts";
import { forecast, type Ending, type Expected } from "./forecast.ts";
import { overtakingForMs, pickNext, without, type Demand, type Queue } from "./pick-next.ts";

const waits = (id: number, queuedAt: number, more: Partial<Expected> & Partial<Demand> = {}): Expected => {
  const { cpus = 1, memoryBytes = 100, ...rest } = more;
  const demand = { cpus, memoryBytes };
  return {
    attemptId: asAttemptId(id),
    projectId: 1,
    queuedAt,
    priority: 0,
    share: 1,
    expectedMs: 10,
    demand,
    ...rest,
  };
};
const runs = (projectId: number, endsAt?: number): Ending => {
  return { projectId, demand: { cpus: 1, memoryBytes: 100 }, endsAt };
};
const roomy = { cpus: 100, memoryBytes: 10_000 };
const queue = (
  waiting: readonly Expected[],
  room: Partial<Demand> = {},
  running: readonly Ending[] = [],
): Queue<Expected, Ending> => ({
  waiting,
  running,
  room: { ...roomy, ...room },
});

test("the oldest waiting attempts of a project are released first, as many as the host has cores for", () => {
  const waiting = [waits(3, 10), waits(1, 20), waits(2, 10)];
  expect(pickNext(queue(waiting, { cpus: 2 }), 30)).toEqual([2, 3]);
  expect(pickNext(queue(waiting, { cpus: 2 }, [runs(1), runs(1)]), 30)).toEqual([]);
});

test("memory is counted as cores are", () => {
  const waiting = [waits(1, 1), waits(2, 2), waits(3, 3)];
  expect(pickNext(queue(waiting, { memoryBytes: 250 }), 10)).toEqual([1, 2]);
});

test("a smaller attempt overtakes one that does not fit, but not one that has waited long", () => {
  const waiting = [waits(1, 0, { cpus: 4 }), waits(2, 1)];
  const busy = queue(waiting, { cpus: 4 }, [runs(9), runs(9)]);
  expect(pickNext(busy, overtakingForMs - 1)).toEqual([2]);
  expect(pickNext(busy, overtakingForMs)).toEqual([]);
  expect(pickNext(queue(waiting, { cpus: 4 }), overtakingForMs)).toEqual([1]);
});

test("three thirds of a core fit into one", () => {
  const thirds = [1, 2, 3].map((id) => waits(id, id, { cpus: 1 / 3 }));
  expect(pickNext(queue(thirds, { cpus: 1 }), 10)).toEqual([1, 2, 3]);
});

test("what runs is taken off what the host has", () => {
  const all = { cpus: 4, memoryBytes: 1000 };
  expect(without(all, { cpus: 1, memoryBytes: 300 }, { cpus: 0.5, memoryBytes: 100 })).toEqual({
    cpus: 2.5,
    memoryBytes: 600,
  });
});

describe("among projects", () => {
  const crowd = Array.from({ length: 6 }, (_, at) => waits(at + 1, at));

  test("one that comes late with one job does not wait for the many of another", () => {
    const late = waits(99, 1000, { projectId: 2 });
    expect(pickNext(queue([...crowd, late], { cpus: 2 }), 1000)).toEqual([1, 99]);
    expect(pickNext(queue([...crowd, late], { cpus: 2 }, [runs(1)]), 1000)).toEqual([99]);
  });

  test("each has its share of the host, by cores or by memory, whichever it takes more of", () => {
    const double = crowd.map(({ attemptId, queuedAt }) =>
      waits(attemptId + 10, queuedAt, { projectId: 2, share: 2 }),
    );
    const picked = pickNext(queue([...crowd, ...double], { cpus: 6 }), 1000);
    expect(picked.filter((id) => id > 10)).toHaveLength(4);
    const large = crowd.map(({ attemptId, queuedAt }) =>
      waits(attemptId + 10, queuedAt, { projectId: 2, memoryBytes: 200 }),
    );
    expect(pickNext(queue([...crowd, ...large], { cpus: 6, memoryBytes: 800 }), 1000)).toEqual([
      1, 11, 2, 12, 3, 4,
    ]);
  });

  test("a higher priority goes before every share, and before what is older", () => {
    const urgent = waits(99, 1000, { priority: 1 });
    const other = waits(50, 500, { projectId: 2 });
    expect(pickNext(queue([...crowd, other, urgent], { cpus: 3 }, [runs(1)]), 1000)).toEqual([99, 50]);
  });
});

describe("the forecast", () => {
  test("gives each its place and its start, as those before it end", () => {
    const waiting = [waits(1, 1), waits(2, 2, { expectedMs: 30 }), waits(3, 3)];
    const places = forecast(queue(waiting, { cpus: 2 }, [runs(1, 105), runs(1, 120)]), 100);
    expect(places).toEqual([
      { attemptId: 1, place: 1, startsAt: 105 },
      { attemptId: 2, place: 2, startsAt: 115 },
      { attemptId: 3, place: 3, startsAt: 120 },
    ]);
  });

  test("tells the order alone where it waits for what never ran before", () => {
    const waiting = [waits(1, 1, { expectedMs: undefined }), waits(2, 2), waits(3, 3, { projectId: 2 })];
    expect(forecast(queue(waiting, { cpus: 1 }, [runs(9, 90)]), 100)).toEqual([
      { attemptId: 1, place: 1, startsAt: 100 },
      { attemptId: 3, place: 2, startsAt: undefined },
      { attemptId: 2, place: 3, startsAt: undefined },
    ]);
  });

  test("comes true: released as it says, each attempt starts at its place and time", () => {
    const waiting = Array.from({ length: 12 }, (_, at) =>
      waits(at + 1, at, { projectId: 1 + (at % 3), expectedMs: 10 + 7 * (at % 4), cpus: 1 + (at % 2) }),
    );
    const places = forecast(queue(waiting, { cpus: 4 }), 50);

    const left = new Map(waiting.map((attempt) => [attempt.attemptId, attempt]));
    let running: { projectId: number; demand: Demand; endsAt: number }[] = [];
    const seen: { attemptId: number; startsAt: number }[] = [];
    for (let now = 50; left.size > 0; now += 1) {
      running = running.filter(({ endsAt }) => endsAt > now);
      for (const id of pickNext({ waiting: [...left.values()], running, room: { ...roomy, cpus: 4 } }, now)) {
        const { projectId, demand, expectedMs = 0 } = left.get(id)!;
        running.push({ projectId, demand, endsAt: now + expectedMs });
        seen.push({ attemptId: id, startsAt: now });
        left.delete(id);
      }
    }
    expect(places.map(({ attemptId, startsAt }) => ({ attemptId, startsAt }))).toEqual(seen);
    expect(places.map(({ place }) => place)).toEqual(waiting.map((_, at) => at + 1));
  });
});
