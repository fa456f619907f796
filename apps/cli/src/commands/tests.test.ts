import { expect, jest, test } from "@jest/globals";

import { aJob, anAttempt, aPipeline, aTest } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { runFmg } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const unit = aJob({
  id: 51,
  name: "test",
  status: "failure",
  attempts: [anAttempt({ id: 510 }), anAttempt({ id: 511, nodeIndex: 1 })],
});
const failed = aTest({
  id: 7,
  name: "takes\u001b]0;x\u0007 away",
  nodeIndex: 1,
  result: "failure",
  durationMs: 1234,
  message: "expected 1\nat line 3",
  flaky: true,
});
const serving = {
  pipelines: [aPipeline()],
  jobs: [aJob({ id: 50, name: "build" }), unit],
  tests: new Map([[51, [failed, aTest({ id: 8 }), aTest({ id: 9, name: "later", result: "skipped" })]]]),
};

test("fmg tests prints what failed with its message, job and node, and then the counts", async () => {
  await using server = await startFakeServer(serving);
  const ran = await runFmg(["tests", "5", "--server-url", server.url]);
  expect(ran).toEqual({
    code: 0,
    stdout:
      "✗ test (node 1)  takes away  (test/cart.test.js, 1.2 s, flaky)\n" +
      "    expected 1\n    at line 3\n" +
      "test: 1 passed, 1 failed, 1 skipped\n",
    stderr: "",
  });
});

test("fmg tests prints the slowest or the flaky ones, ids with -q, and the API's fields with --json", async () => {
  await using server = await startFakeServer(serving);
  const tests = (...flags: string[]) => runFmg(["tests", "5", "te", "--server-url", server.url, ...flags]);
  const [slowest, flaky, json] = await Promise.all([
    tests("--slowest", "2", "-q"),
    tests("--flaky", "-q"),
    tests("--json"),
  ]);
  expect(slowest.stdout).toBe("7\n8\n");
  expect(flaky.stdout).toBe("7\n");
  expect(JSON.parse(json.stdout)).toEqual({
    items: [{ ...failed, job: { id: 51, name: "test" } }],
    next: null,
  });
});

test("without results fmg tests says what keeps them; an unknown job gets hints for this command", async () => {
  await using server = await startFakeServer(serving);
  const [none, unknown] = await Promise.all([
    runFmg(["tests", "5", "build", "--server-url", server.url]),
    runFmg(["tests", "5", "tset", "--server-url", server.url]),
  ]);
  expect(none).toEqual({
    code: 0,
    stdout: "",
    stderr: "No test results in pipeline 5. A step store_test_results keeps them.\n",
  });
  expect(unknown.code).toBe(5);
  expect(unknown.stderr).toContain("Did you mean:  fmg tests 5 test\n");
});
