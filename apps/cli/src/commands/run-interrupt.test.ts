import { readdir, readFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { awaitState, buildTestImages, leftovers } from "@fmg/testkit";

import { aConfig, aProjectFolder, type ProjectFolder } from "../testing/project-folder.ts";
import type { Running } from "../testing/run-fmg.ts";

// Each test starts processes and containers, and a busy machine starts them slowly.
jest.setTimeout(90_000);
beforeAll(() => buildTestImages(["busybox"]), 60_000);

/** A job that goes on until it is stopped, and one that waits for it; the first shrugs TERM off where it is told to. */
const endless = (trap: string): Readonly<Record<string, string>> => ({
  ".circleci/config.yml": aConfig(
    { long: [`run: ${trap}echo be''gun; while :; do sleep 1; done`], after: ["run: echo never"] },
    "[long, {after: {requires: [long]}}]",
  ),
});

let project: ProjectFolder;
beforeEach(async () => {
  project = await aProjectFolder(endless(""));
});
afterEach(async () => project[Symbol.asyncDispose]());

async function instances(): Promise<string[]> {
  const files = await readdir(join(project.stateRoot, "live"));
  return files.map((file) => file.replace(".json", ""));
}

/** Waits until the job's own step runs, and returns the run's instance. */
async function begun(running: Running): Promise<string> {
  await running.sees("begun");
  const [instance] = await instances();
  expect(await leftovers(instance!)).not.toEqual([]);
  return instance!;
}

interface Document {
  readonly workflows: readonly { readonly jobs: readonly object[] }[];
}

/** The same where nothing is printed: the log of the step is looked at. */
async function stepBegun({ stateRoot }: ProjectFolder): Promise<string> {
  await awaitState({
    what: "the step to have begun",
    read: async () => {
      const files = await readdir(stateRoot, { recursive: true });
      const logs = files.filter((file) => file.endsWith("/1.log"));
      return (await Promise.all(logs.map((file) => readFile(join(stateRoot, file), "utf8")))).join("");
    },
    judge: (log) => (log.includes("begun") ? "reached" : "waiting"),
    deadlineMs: 30_000,
  });
  const [instance] = await instances();
  return instance!;
}

describe("Ctrl-C", () => {
  test("ends the jobs in order, takes their containers along, and ends with 130", async () => {
    const running = project.onTerminal();
    const instance = await begun(running);
    running.child.stdin?.write("\u0003");
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toContain("Stopping. Once more ends it at once.");
    expect(stdout).toMatch(
      /⊘ CANCELED in [^]*⊘ long .*canceled[^]*⊘ after .*canceled: canceled from the keyboard/,
    );
    expect(stdout).not.toContain("never");
    expect(await leftovers(instance)).toEqual([]);
    expect(await instances()).toEqual([]);
  });

  test("a second time ends at once what does not want to end", async () => {
    await project.write(endless("trap '' TERM; "));
    const running = project.start("--json");
    const instance = await stepBegun(project);
    running.child.kill("SIGINT");
    await running.sees("Stopping.");
    running.child.kill("SIGINT");
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    // The step was not waited for: nobody saw its end.
    const [long] = (JSON.parse(stdout) as Document).workflows[0]!.jobs;
    expect(long).toMatchObject({ status: "canceled", attempts: [{ steps: [{}, { status: "running" }] }] });
    expect(await leftovers(instance)).toEqual([]);
  });

  test("at the question of an approval ends the run", async () => {
    await project.write({
      ".circleci/config.yml": aConfig({ a: ["run: echo a"] }, "[{hold: {type: approval}}, a]"),
    });
    const running = project.onTerminal();
    await running.sees("Approve hold?");
    running.child.stdin?.write("\u0003");
    expect((await running.ended).code).toBe(130);
    expect(await instances()).toEqual([]);
  });
});

test("SIGTERM ends a run as Ctrl-C does", async () => {
  const running = project.start();
  const instance = await begun(running);
  running.child.kill("SIGTERM");
  expect((await running.ended).code).toBe(143);
  expect(await leftovers(instance)).toEqual([]);
});

test("a reader that goes away, as head does, ends the run and its containers", async () => {
  await project.write({
    ".circleci/config.yml": aConfig({ talks: ["run: while :; do echo be''gun; sleep 1; done"] }, "[talks]"),
  });
  const running = project.start();
  const instance = await begun(running);
  running.child.stdout?.destroy();
  await running.ended;
  expect(await leftovers(instance)).toEqual([]);
});

test("what a killed run left is removed by the next one, of whatever folder", async () => {
  const killed = project.start();
  const instance = await begun(killed);
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(await leftovers(instance)).not.toEqual([]);

  await project.write({ ".circleci/config.yml": aConfig({ a: ["run: echo a"] }, "[a]") });
  const { code, stderr } = await project.run();
  expect(code).toBe(0);
  expect(stderr).toContain("containers and volumes that an earlier run left.");
  expect(await leftovers(instance)).toEqual([]);
});

test("a run leaves the containers of one that lives alone", async () => {
  const living = project.start();
  const instance = await begun(living);
  await project.write({ ".circleci/config.yml": aConfig({ a: ["run: echo a"] }, "[a]") });
  expect(await project.run()).toMatchObject({ code: 0, stderr: "" });
  expect(await leftovers(instance)).not.toEqual([]);
  living.child.kill("SIGINT");
  expect((await living.ended).code).toBe(130);
});

describe("on a terminal", () => {
  test("each job's lines have its name before them, aligned and in a colour; a line's colour ends with it", async () => {
    await project.write({
      ".circleci/config.yml": aConfig(
        { a: ["run: printf '\\033[31mred\\033[2A\\n10%%\\r100%%\\n'"], longer: ["run: echo b"] },
        "[a, longer]",
      ),
    });
    const { code, stdout } = await project.onTerminal().ended;
    expect(code).toBe(0);
    const [a, longer] = ["\u001b[36ma      |\u001b[0m ", "\u001b[33mlonger |\u001b[0m "];
    expect(stdout).toContain(`${a}\u001b[31mred\u001b[0m\r\n`);
    expect(stdout).toContain(`${a}100%\u001b[0m\r\n`);
    expect(stdout).toContain(`${longer}b\u001b[0m\r\n`);
    expect(stdout).toContain("\u001b[32m✓ SUCCESS in");
    expect((await project.onTerminal("--no-color").ended).stdout).not.toContain("\u001b[32m");
  });

  test("an approval is asked for once nothing else runs; a no ends it and what waits for it, with 7", async () => {
    await project.write({
      ".circleci/config.yml": aConfig(
        { a: ["run: echo a"], deploy: ["run: echo deploys"] },
        "[a, {hold: {type: approval}}, {deploy: {requires: [hold]}}]",
      ),
    });
    const yes = project.onTerminal();
    await yes.sees("Approve hold?");
    yes.child.stdin?.write("y\r");
    expect(await yes.ended).toMatchObject({ code: 0 });
    const no = project.onTerminal();
    await no.sees("Approve hold?");
    no.child.stdin?.write("\r");
    const { code, stdout } = await no.ended;
    expect(code).toBe(7);
    expect(stdout).toMatch(/⊘ hold .*canceled: not approved/);
    expect(stdout).not.toContain("deploys");
  });

  test("--shell-on-fail opens a shell where the step failed, with its environment; its end goes on", async () => {
    await project.write({
      ".circleci/config.yml": aConfig(
        { a: ["run: {name: Breaks, environment: {OF_STEP: here}, command: echo x >left; exit 3}"] },
        "[a]",
      ),
    });
    const running = project.onTerminal("--shell-on-fail");
    await running.sees('Shell where a failed, in "Breaks". Ctrl-D leaves.');
    running.child.stdin?.write('echo "<$OF_STEP:$(cat left)>"\r');
    await running.sees("<here:x>");
    // Not Ctrl-D: one that comes before the shell reads its next line is lost between two modes of its terminal.
    running.child.stdin?.write("exit\r");
    expect(await running.ended).toMatchObject({ code: 1 });
    expect(await instances()).toEqual([]);
  });
});

test("--keep leaves the containers for a look, until the next run of the folder", async () => {
  await project.write({ ".circleci/config.yml": aConfig({ a: ["run: echo kept >/tmp/k; exit 1"] }, "[a]") });
  const kept = await project.run("--keep");
  expect(kept.code).toBe(1);
  const [, container] = /a stays until the next run here: {2}docker exec -it (\S+) sh/.exec(kept.stderr)!;
  const looked = spawn("docker", ["exec", container!, "cat", "/tmp/k"]);
  const output = await new Promise<string>((resolve) =>
    looked.stdout.once("data", (bytes) => resolve(String(bytes))),
  );
  expect(output).toBe("kept\n");
  const [instance] = await instances();
  await project.run();
  expect(await leftovers(instance!)).toEqual([]);
  expect(await instances()).toEqual([]);
});
