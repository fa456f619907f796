import { expect, jest, test } from "@jest/globals";

import { aJob, aPipeline } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { runFmg, startFmgOnTerminal } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const serving = () => ({
  pipelines: [aPipeline({ status: "running" })],
  jobs: [
    aJob({ id: 50, name: "build" }),
    aJob({ id: 51, name: "test", status: "running" }),
    aJob({ id: 52, name: "deploy", status: "blocked" }),
  ],
});
const posts = (requests: readonly string[]) => requests.filter((request) => request.startsWith("POST"));

test("fmg cancel --yes stops a pipeline or one job of it, and says what was stopped", async () => {
  await using server = await startFakeServer(serving());
  const cancel = (...args: string[]) => runFmg(["cancel", "5", ...args, "--server-url", server.url]);
  expect(await cancel("--yes")).toEqual({
    code: 0,
    stdout: "Canceled pipeline 5: test, deploy\n",
    stderr: "",
  });
  const [job, quiet] = await Promise.all([cancel("te", "--yes"), cancel("deploy", "-y", "-q")]);
  expect(job.stdout).toBe('Canceled job "test" of pipeline 5\n');
  expect(quiet.stdout).toBe("52\n");
  expect(posts(server.requests).sort()).toEqual([
    "POST /api/v1/jobs/51/cancel",
    "POST /api/v1/jobs/52/cancel",
    "POST /api/v1/pipelines/5/cancel",
  ]);
});

test("without a terminal fmg cancel wants --yes; on one it asks, and Enter alone is no", async () => {
  await using server = await startFakeServer(serving());
  const args = ["cancel", "5", "--server-url", server.url];
  const piped = await runFmg(args);
  expect(piped.code).toBe(2);
  expect(piped.stderr).toContain("Add --yes.");

  const asked = startFmgOnTerminal(args);
  await asked.sees("Cancel pipeline 5: test, deploy?");
  asked.child.stdin!.write("\r");
  expect((await asked.ended).code).toBe(7);
  expect(posts(server.requests)).toEqual([]);

  const agreed = startFmgOnTerminal(args);
  await agreed.sees("Cancel pipeline 5: test, deploy?");
  agreed.child.stdin!.write("y\r");
  expect(await agreed.ended).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Canceled pipeline 5"),
  });
});
