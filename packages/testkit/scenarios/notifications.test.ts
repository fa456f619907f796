import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "@jest/globals";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

const config = (command: string) => `version: 2.1
jobs:
  build:
    docker:
      - image: fmg-test/busybox:local
    steps:
      - run: ${command}
workflows:
  main:
    jobs:
      - build
`;

let stack: Stack | undefined;
let receiver: Server | undefined;
let folder: string | undefined;
afterEach(async () => {
  await stack?.stop();
  receiver?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
}, 60_000);

test("a push that breaks a branch and the one that repairs it are told to the operator's receiver", async () => {
  const events: string[] = [];
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      const { event, pipeline } = JSON.parse(body) as { event: string; pipeline: { id: number } };
      events.push(`${event} #${pipeline.id}`);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  folder = await mkdtemp(join(tmpdir(), "fmg-notify-"));
  const file = join(folder, "notify.json");
  const hook = { name: "hook", kind: "webhook", url, secret: "a secret of the test" };
  await writeFile(file, JSON.stringify({ receivers: [hook], allowNetworks: ["127.0.0.1"] }), { mode: 0o600 });
  stack = await startStack({ env: { FMG_NOTIFY_FILE: file } });

  for (const [command, status] of [
    ["exit 1", "failure"],
    ["exit 0", "success"],
  ] as const) {
    const { pipelineId } = await stack.push("octo/told", {
      files: { ".circleci/config.yml": config(command) },
    });
    await stack.waitForPipeline(pipelineId, status);
  }

  const told = ["workflow.broken #1", "workflow.fixed #2"];
  await awaitState({
    what: "both notifications",
    read: async () => [...events],
    judge: (seen) => (seen.length >= told.length ? "reached" : "waiting"),
    deadlineMs: 10_000,
  });
  expect(events).toEqual(told);
}, 90_000);
