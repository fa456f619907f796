import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readReceivers } from "./read-receivers.ts";
import { isInterested } from "./receivers.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fmg-receivers-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(content: unknown, mode = 0o600) {
  const file = join(folder, "notify.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode });
  return readReceivers(file);
}

const chat = { name: "chat", kind: "slack", url: "https://hooks.test/T1/canary" };
const hook = { name: "hook", kind: "webhook", url: "https://hooks.test/x", secret: "canary-canary-canary" };

test("a receiver hears of every change unless its patterns say otherwise", () => {
  const [all, some] = read({
    receivers: [
      chat,
      { ...hook, repos: ["octo/*"], branches: ["main", "release/*"], workflows: ["build"], on: ["broken"] },
    ],
  }).receivers;
  const subject = { repo: "Octo/Repo", ref: "release/1.0", workflow: "build", change: "broken" } as const;
  expect(isInterested(all!, { ...subject, ref: "any", workflow: "other" })).toBe(true);
  expect(isInterested(some!, subject)).toBe(true);
  for (const other of [
    { repo: "octocat/repo" },
    { ref: "maintenance" },
    { ref: "Main" },
    { workflow: "build2" },
    { change: "fixed" as const },
  ]) {
    expect(isInterested(some!, { ...subject, ...other })).toBe(false);
  }
});

test.each<[string, unknown, RegExp]>([
  ["no JSON", '{"receivers": [canary', /it is no JSON$/],
  ["an unknown key", { receivers: [{ ...chat, secrets: "canary" }] }, /\/receivers\/0\/secrets/],
  ["a kind that does not exist", { receivers: [{ ...chat, kind: "pager" }] }, /\/receivers\/0\/kind/],
  ["an address that is none", { receivers: [{ ...chat, url: "file:///canary" }] }, /\/receivers\/0\/url/],
  ["a short secret", { receivers: [{ ...hook, secret: "canary" }] }, /\/receivers\/0\/secret/],
  ["one name twice", { receivers: [chat, { ...hook, name: "chat" }] }, /two receivers are called "chat"/],
  [
    "mail without a server",
    { receivers: [{ name: "m", kind: "mail", to: ["a@b.test"] }] },
    /by which server/,
  ],
  [
    "two addresses in one",
    { receivers: [{ name: "m", kind: "mail", to: ["a@b.test,c@d.test"] }] },
    /\/to\/0/,
  ],
  ["a network that is none", { receivers: [], allowNetworks: ["10.0.0.0/33"] }, /no network as 10.1.0.0\/16/],
])("%s is refused with its place, and without what stands there (SEC-6)", (_, content, message) => {
  expect(() => read(content)).toThrow(message);
  expect(() => read(content)).not.toThrow(/canary/);
});

test("a file that others may read is refused (SEC-6)", () => {
  expect(() => read({ receivers: [] }, 0o640)).toThrow(/FMG_NOTIFY_FILE .*chmod 600/);
});
