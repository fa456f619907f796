import assert from "node:assert/strict";
import { test } from "node:test";

test("part 2 adds up", () => {
  assert.equal(2 + 2, 4);
});
