import { expect, test } from "@jest/globals";
import { heldJobMove } from "./approval.ts";

const approval = { at: 50, by: "ada", sha: "a".repeat(40), note: null };
const at = (now: number, expiresAfterMs = 100) => ({ now, expiresAfterMs });

test("a hold goes on until somebody approves it or its time is over (R-APR-3)", () => {
  expect(heldJobMove({ heldAt: 10, approval: null }, at(109))).toBeUndefined();
  expect(heldJobMove({ heldAt: 10, approval: null }, at(110))).toMatchObject({
    status: "canceled",
    reason: "expired",
  });
  expect(heldJobMove({ heldAt: 10, approval: null }, at(1e15, 0))).toBeUndefined();
});

test("an approval counts however late it is seen, and says who gave it and why (R-APR-4)", () => {
  expect(heldJobMove({ heldAt: 10, approval }, at(1e9))).toEqual({
    status: "success",
    message: 'approved by "ada"',
  });
  const noted = { ...approval, note: "looks well" };
  expect(heldJobMove({ heldAt: 10, approval: noted }, at(60))?.message).toBe('approved by "ada": looks well');
});
