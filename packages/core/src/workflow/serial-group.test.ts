import { expect, test } from "@jest/globals";
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
