import assert from "node:assert/strict";
import { test } from "node:test";
import { countVisit } from "../counter.js";

test("each visit counts one", async () => {
  const first = await countVisit();
  assert.equal(await countVisit(), first + 1);
});
