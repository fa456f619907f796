import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Attempt } from "@fmg/client";
import Database from "better-sqlite3";
import Docker from "dockerode";
import { awaitState } from "../src/await-state.ts";
import { repoRoot } from "../src/repo-root.ts";
import { startStack, type Stack } from "../src/stack.ts";

const config = `version: 2.1
jobs:
  build:
    docker:
      - image: fmg-test/bash:local
    environment:
      COLOR: teal
    steps:
      - run: echo 'export HANDED_ON=yes' >>"$BASH_ENV"; mkdir -p inner
      - run:
          name: fails
          working_directory: inner
          environment:
            SHADE: dark
          command: exit 3
workflows:
  main:
    jobs:
      - build
`;

let stack: Stack;
let attemptId: number;
let pipelineId: number;
beforeAll(async () => {
  stack = await startStack({ env: { FMG_KEEP_FAILED_FOR: "10m" } });
  ({ pipelineId } = await stack.push("octo/debug", { files: { ".circleci/config.yml": config } }));
  await stack.waitForPipeline(pipelineId, "failure");
  attemptId = (await stack.jobs(pipelineId))[0]!.attempts[0]!.id;
}, 120_000);
afterAll(() => stack?.stop(), 60_000);

/** `fmg debug` on a real terminal of 33 rows and 99 columns (by script of util-linux). */
function debug(...more: string[]) {
  const fmg = [process.execPath, "--conditions=@fmg/source", join(repoRoot, "apps/cli/bin/run.js")];
  const words = [...fmg, "debug", String(pipelineId), "build", "--server-url", stack.api.url!, ...more];
  const command = `stty rows 33 cols 99; exec ${words.map((word) => `'${word}'`).join(" ")}`;
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], HOME: stack.dataDir, TERM: "xterm", FMG_TOKEN: stack.adminToken },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: 60_000,
  });
  let screen = "";
  child.stdout.on("data", (chunk: Buffer) => (screen += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    type: (text: string) => child.stdin.write(text),
    sees: (text: string) =>
      awaitState({
        what: `the terminal to show ${text}`,
        read: async () => screen,
        judge: () => (screen.includes(text) ? "reached" : "waiting"),
        deadlineMs: 30_000,
      }),
    screen: () => screen,
    ended,
    kill: () => child.kill("SIGKILL"),
  };
}

async function processes(): Promise<string> {
  const container = new Docker().getContainer(`fmg-${stack.instance}-a${attemptId}`);
  const { Processes } = (await container.top()) as { Processes: string[][] };
  return Processes.map((row) => row.at(-1)).join("\n");
}

function changeDb(sql: string, ...values: unknown[]): void {
  const db = new Database(join(stack.dataDir, "fmg.db"), { timeout: 5000 });
  db.prepare(sql).run(...values);
  db.close();
}

test("fmg debug opens a shell where the failed step was, with its environment, on a terminal of the right size", async () => {
  const kept = await stack.get<Attempt>(`/attempts/${attemptId}`);
  expect(Date.parse(kept.keptUntil!) - Date.parse(kept.finishedAt!)).toBe(600_000);
  expect(await stack.leftovers()).toHaveLength(2);

  const terminal = debug();
  await terminal.sees("until 20");
  terminal.type('echo "<$COLOR $SHADE $HANDED_ON $CIRCLE_JOB ${PWD##*/}>" "$(stty size)"\r');
  await terminal.sees("<teal dark yes build inner> 33 99");
  // Ctrl-C is the shell's, and ends nothing here.
  terminal.type("sleep 50\r");
  await awaitState({
    what: "sleep to run",
    read: processes,
    judge: (seen) => (seen.includes("sleep 50") ? "reached" : "waiting"),
    deadlineMs: 20_000,
  });
  terminal.type("\u0003");
  terminal.type("echo rc=$?; exit 7\r");
  await terminal.sees("rc=130");
  expect(await terminal.ended).toBe(7);

  const { items } = await stack.client.listAudit();
  const [close, open] = items;
  expect(open).toMatchObject({ action: "debug.open", target: `attempt ${attemptId}`, ip: "127.0.0.1" });
  expect(open!.token?.name).toBe("server admin");
  expect(close).toMatchObject({ action: "debug.close", detail: "the shell has ended" });
}, 120_000);

test("Ctrl-D leaves, and what a killed fmg leaves in the container is ended", async () => {
  const first = debug();
  // Ctrl-D before the shell's prompt would be the terminal's own, and not the shell's.
  await first.sees("bash-5.2#");
  first.type("\u0004");
  expect(await first.ended).toBe(0);

  const second = debug();
  await second.sees("bash-5.2#");
  second.type("setsid sleep 4711 & sleep 4712\r");
  const isRunning = (name: string) => async () => (await processes()).includes(name);
  await awaitState({
    what: "both to run",
    read: async () => (await isRunning("sleep 4711")()) && isRunning("sleep 4712")(),
    judge: (running) => (running ? "reached" : "waiting"),
    deadlineMs: 20_000,
  });
  second.kill();
  await awaitState({
    what: "both to end",
    read: async () => (await isRunning("sleep 4711")()) || isRunning("sleep 4712")(),
    judge: (running) => (running ? "waiting" : "reached"),
    deadlineMs: 60_000,
  });
}, 120_000);

test("a session ends with its time, and one of a fork's pipeline is never opened", async () => {
  const terminal = debug();
  await terminal.sees("until 20");
  terminal.type('echo he""re\r');
  await terminal.sees("here");
  changeDb("update debug_sessions set expires_at = 1 where closed_at is null");
  // The clock of the session was set when it began: its attempt's end is looked at anew.
  changeDb("update attempts set kept_until = 1 where id = ?", attemptId);
  await terminal.sees("the shell is gone: the attempt ended, and its container goes");
  expect(await terminal.ended).toBe(1);

  const late = debug();
  await late.sees("is not there");
  expect(await late.ended).toBe(6);
  changeDb("update pipelines set trust = 'fork' where id = ?", pipelineId);
  const fork = debug();
  await fork.sees("No shell is opened for a fork's pull request");
  expect(await fork.ended).toBe(4);

  await awaitState({
    what: "the kept container to be swept",
    read: () => stack.leftovers(),
    judge: (left) => (left.length === 0 ? "reached" : "waiting"),
    deadlineMs: 60_000,
  });
}, 180_000);
