import { expect, test } from "@jest/globals";
import { newUuid } from "./uuid.ts";

test("identifiers sort by the time they were made, and are UUIDs of version 7", () => {
  const made = [1, 1_000, 1_795_475_005_738].map((now) => newUuid(now));
  expect([...made].sort()).toEqual(made);
  for (const uuid of made)
    expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(newUuid(5)).not.toBe(newUuid(5));
});
