import { inspect } from "node:util";
import { expect, test } from "@jest/globals";
import { Secret } from "./secret.ts";

test("a secret prints as stars until it is revealed", () => {
  const secret = new Secret("hunter2");
  expect(`${String(secret)} ${JSON.stringify({ secret })} ${inspect(secret)}`).not.toContain("hunter2");
  expect(secret.reveal()).toBe("hunter2");
});
