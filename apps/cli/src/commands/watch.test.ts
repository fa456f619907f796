import { expect, jest, test } from "@jest/globals";

import { aJob, aPipeline } from "../testing/builders.ts";
import { startFakeServer, type FakeServer } from "../testing/fake-server.ts";
import { startFmg, startFmgOnTerminal } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const running = { status: "running", finishedAt: null } as const;
const serving = () => ({
  pipelines: [aPipeline(running)],
  jobs: [
    aJob({ ...running, startedAt: "2024-06-01T12:00:10.000Z" }),
    aJob({ id: 51, name: "deploy", status: "blocked", attempts: [] }),
  ],
});

/** The job fails and takes the pipeline with it. */
function end({ state }: FakeServer): void {
  const message = 'Step "make": Exited with code exit status 2';
  const at = { startedAt: "2024-06-01T12:00:10.000Z", finishedAt: "2024-06-01T12:00:40.000Z" };
  state.jobs.splice(
    0,
    2,
    aJob({ ...at, status: "failure", reason: "step_failed", message }),
    aJob({ id: 51, name: "deploy", status: "skipped", message: "not after that", attempts: [] }),
  );
  state.pipelines.splice(0, 1, aPipeline({ status: "failure" }));
}

test("fmg watch prints a line for each change, and ends with the pipeline; --exit-status tells how", async () => {
  await using server = await startFakeServer(serving());
  const args = ["watch", "5", "--server-url", server.url];
  const [plain, telling] = [startFmg(args), startFmg([...args, "--exit-status"])];
  await Promise.all([plain.sees("build: RUNNING"), telling.sees("build: RUNNING")]);
  end(server);
  expect(await plain.ended).toEqual({
    code: 0,
    stderr: "",
    stdout: `build: RUNNING
build: FAILURE (Step "make": Exited with code exit status 2)
deploy: SKIPPED (not after that)
#5 [octo/repo @ a1b2c3d on main] status: FAILURE (started 2024-06-01T12:00:00Z finished 2024-06-01T12:03:40Z)
`,
  });
  expect((await telling.ended).code).toBe(1);
});

test("fmg watch --json is an object for each change, and one for the end", async () => {
  await using server = await startFakeServer(serving());
  const watching = startFmg(["watch", "--json", "--server-url", server.url]);
  await watching.sees('"running"');
  end(server);
  const events = (await watching.ended).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([
    { event: "job", job: { name: "build", status: "running" } },
    { event: "job", job: { name: "build", status: "failure" } },
    { event: "job", job: { name: "deploy", status: "skipped" } },
    { event: "end", pipeline: { id: 5, status: "failure" } },
  ]);
});

test("on a terminal fmg watch draws the tree anew in its place; --compact leaves out what needs no look", async () => {
  await using server = await startFakeServer(serving());
  const watching = startFmgOnTerminal(["watch", "5", "--server-url", server.url], { columns: 200 });
  await watching.sees("○ deploy");
  end(server);
  const { stdout } = await watching.ended;
  // oxlint-disable-next-line no-control-regex -- what moves the cursor is what is looked for
  const frames = stdout.split(/\u001b\[\d+A\u001b\[0J/);
  expect(frames.length).toBeGreaterThan(1);
  expect(frames.at(-1)).toMatch(/Pipeline 5 .*FAILURE.*\r\n.*✗.* build +30\.0 s .*\r\n.*⊘.* deploy/);

  const compact = startFmgOnTerminal(["watch", "5", "--compact", "--server-url", server.url], {
    columns: 200,
  });
  const shown = (await compact.ended).stdout;
  expect(shown).toContain("build");
  expect(shown).not.toContain("deploy");
});

test("Ctrl-C ends the watching and says how to come back; --timeout gives up, with 7 for what is on hold", async () => {
  await using server = await startFakeServer(serving());
  const args = ["watch", "5", "--server-url", server.url];
  const interrupted = startFmg(args);
  await interrupted.sees("build: RUNNING");
  interrupted.child.kill("SIGINT");
  const { code, stderr } = await interrupted.ended;
  expect(code).toBe(130);
  expect(stderr).toContain("Detached. Pipeline 5 goes on: fmg watch 5");

  const late = await startFmg([...args, "--timeout", "1s"]).ended;
  expect(late).toMatchObject({ code: 3 });
  expect(late.stderr).toContain("has not ended in time: it is running");
  server.state.pipelines.splice(0, 1, aPipeline({ status: "on_hold", finishedAt: null }));
  expect(await startFmg([...args, "--timeout", "1s"]).ended).toMatchObject({ code: 7 });
  expect(await startFmg([...args, "--timeout", "soon"]).ended).toMatchObject({ code: 2 });
});
