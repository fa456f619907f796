import assert from "node:assert/strict";
import { test } from "node:test";

test("part 3 adds up", () => {
  assert.equal(3 + 3, 6);
});
