import assert from "node:assert/strict";
import { test } from "node:test";

test("part 1 adds up", () => {
  assert.equal(1 + 1, 2);
});
