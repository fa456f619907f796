import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "@jest/globals";
import { isDeadOwner, ownerName } from "./owner-name.ts";

test("a living process is not a dead owner, and the same process is dead after it was killed", async () => {
  const child = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
  await once(child, "spawn");
  const owner = ownerName(child.pid);
  expect(isDeadOwner(owner)).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isDeadOwner(owner)).toBe(true);
});

test("a reused pid is not mistaken for the owner that had it", () => {
  const [host, pid] = ownerName().split("/");
  expect(isDeadOwner(`${host}/${pid}/1`)).toBe(true);
  expect(isDeadOwner(ownerName())).toBe(false);
});

test("an owner of another host is never called dead: its lease is waited out", () => {
  expect(isDeadOwner("another-host/1/1")).toBe(false);
});
