import assert from "node:assert/strict";
import { test } from "node:test";

test("part 4 adds up", () => {
  assert.equal(4 + 4, 8);
});
