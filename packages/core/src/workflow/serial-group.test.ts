import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { serialTurn, serialWaitMs, type SerialClaim } from "./serial-group.ts";

const claim = (jobId: number, own: Partial<SerialClaim> = {}): SerialClaim => ({
  jobId,
  projectId: 1,
  pipelineNumber: 5,
  askedAt: 100,
  holds: false,
  ...own,
});

test("a free group goes to whoever asked first, and of those who asked at once to the older job (R-SER-2)", () => {
  const [first, second] = [claim(1), claim(2)];
  expect(serialTurn(first, [second], 200)).toEqual({ kind: "go" });
  expect(serialTurn(second, [first], 200)).toEqual({ kind: "wait", behind: first });
  expect(serialTurn(claim(3, { askedAt: 99 }), [first, second], 200)).toEqual({ kind: "go" });
});

test("while a job holds the group the others wait for it, whenever they asked (R-SER-2)", () => {
  const holder = claim(9, { holds: true, askedAt: 150 });
  expect(serialTurn(claim(1), [claim(2), holder], 200)).toEqual({ kind: "wait", behind: holder });
});

test("a job that asks after a newer pipeline of its project is overtaken; another project's number says nothing (R-SER-5)", () => {
  const newer = claim(2, { pipelineNumber: 6 });
  const asking = claim(1, { askedAt: null });
  expect(serialTurn(asking, [newer], 200)).toEqual({ kind: "overtaken", by: newer });
  const other = claim(2, { pipelineNumber: 6, projectId: 2 });
  expect(serialTurn(asking, [other], 200)).toEqual({ kind: "wait", behind: other });
  // Who has asked before keeps the place in the line.
  expect(serialTurn(claim(1), [newer], 200)).toEqual({ kind: "go" });
});

test("two jobs of one pipeline wait for one another and not in vain (R-SER-6)", () => {
  const holder = claim(1, { holds: true });
  expect(serialTurn(claim(2, { askedAt: null }), [holder], 200)).toEqual({ kind: "wait", behind: holder });
  expect(serialTurn(claim(2), [], 200)).toEqual({ kind: "go" });
});

test("after 5 hours in the line a job waits no longer (R-SER-4)", () => {
  const holder = claim(1, { holds: true });
  const late = 100 + serialWaitMs;
  expect(serialTurn(claim(2), [holder], late - 1)).toMatchObject({ kind: "wait" });
  expect(serialTurn(claim(2), [holder], late)).toEqual({ kind: "waited-too-long" });
  expect(serialTurn(claim(2), [], late)).toEqual({ kind: "go" });
});

const event = fc.record({
  what: fc.constantFrom("asks", "asks", "asks", "ends", "ends", "is canceled", "hours pass"),
  at: fc.nat(20),
});
const arrivals = fc.array(fc.record({ projectId: fc.nat(2), pipelineNumber: fc.nat(4) }), {
  minLength: 1,
  maxLength: 8,
});

test("10,000 random lines for a group: one job holds it at a time, they come in the order of asking, and all get through (R-SER-2, R-SER-3)", () => {
  fc.assert(
    fc.property(arrivals, fc.array(event, { maxLength: 30 }), (jobs, events) => {
      const line = jobs.map((job, index) => claim(index + 1, { ...job, askedAt: null }));
      const asked: SerialClaim[] = [];
      const gone = new Set<number>();
      let now = 1_000;

      const leave = (job: SerialClaim): void => {
        gone.add(job.jobId);
        asked.splice(asked.indexOf(job), 1);
      };
      /** As each advance does: a job asks, or looks again whether its turn has come. */
      const look = (index: number): void => {
        const mine = asked.find(({ jobId }) => jobId === line[index]!.jobId) ?? line[index]!;
        if (mine.holds || gone.has(mine.jobId)) return;
        const others = asked.filter(({ jobId }) => jobId !== mine.jobId);
        const turn = serialTurn(mine, others, now);
        const waiting = { ...mine, askedAt: mine.askedAt ?? now };
        asked.splice(0, asked.length, ...others, ...(turn.kind === "overtaken" ? [] : [waiting]));
        if (turn.kind === "overtaken") gone.add(mine.jobId);
        if (turn.kind === "waited-too-long") leave(waiting);
        if (turn.kind !== "go") return;
        expect(others.some(({ holds }) => holds)).toBe(false);
        expect(others.every(({ askedAt }) => askedAt! >= waiting.askedAt)).toBe(true);
        asked.splice(asked.indexOf(waiting), 1, { ...waiting, holds: true });
      };
      const endHolder = (): void => {
        const holder = asked.find(({ holds }) => holds);
        if (holder !== undefined) leave(holder);
      };

      for (const { what, at } of events) {
        now += 1;
        if (what === "asks") look(at % line.length);
        if (what === "ends") endHolder();
        if (what === "hours pass") now += serialWaitMs / 4;
        const waits = asked.find(({ jobId, holds }) => !holds && jobId === 1 + (at % line.length));
        if (what === "is canceled" && waits !== undefined) leave(waits);
      }
      for (let round = 0; gone.size < line.length; round++) {
        expect(round).toBeLessThanOrEqual(line.length);
        for (const index of line.keys()) look(index);
        endHolder();
      }
    }),
    { numRuns: 10_000 },
  );
});
