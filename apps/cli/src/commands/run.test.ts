import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import { buildTestImages, leftovers, repoRoot } from "@fmg/testkit";

import { aConfig, aProjectFolder } from "../testing/project-folder.ts";

// Each test starts processes and containers, and a busy machine starts them slowly.
jest.setTimeout(90_000);
beforeAll(() => buildTestImages(["busybox"]), 60_000);

/** The instance that a run's containers were named by, as its log tells. */
function instanceIn(output: string): string {
  return /Container fmg-(local-[0-9a-f]{8})-a\d+/.exec(output)![1]!;
}

const pipeline = {
  ".circleci/config.yml": `version: 2.1
parameters: {greeting: {type: string, default: hello}}
jobs:
  build:
    docker: [{image: "fmg-test/busybox:local"}]
    steps:
      - checkout
      - restore_cache: {keys: [v1-]}
      - run: echo "<< pipeline.parameters.greeting >> $CIRCLE_BRANCH with $TOKEN"; cat seen.txt; ls -A; echo built > out.txt
      - save_cache: {key: v1-x, paths: [out.txt]}
      - persist_to_workspace: {root: ., paths: [out.txt]}
  test:
    parameters: {n: {type: integer}}
    docker: [{image: "fmg-test/busybox:local"}]
    steps:
      - attach_workspace: {at: /tmp/ws}
      - run: echo "test << parameters.n >> of $(cat /tmp/ws/out.txt)"
      - store_artifacts: {path: /tmp/ws, destination: kept}
  deploy:
    docker: [{image: "fmg-test/busybox:local"}]
    steps: [run: 'echo "deploys as \${AWS_USER}"']
  never:
    docker: [{image: "fmg-test/busybox:local"}]
    steps: [run: exit 1]
workflows:
  main:
    jobs:
      - build
      - test: {requires: [build], matrix: {parameters: {n: [1, 2]}}}
      - hold: {type: approval, requires: [test]}
      - deploy: {requires: [hold], context: [prod]}
      - never: {filters: {branches: {only: other}}}
`,
  "seen.txt": "not committed",
  ".env": "TOKEN=token-value\n[prod]\nAWS_USER=robot-name\n",
};

test("a folder's whole workflow runs here: matrix, workspace, cache, contexts, approval, artifacts; and nothing is left in Docker", async () => {
  await using project = await aProjectFolder(pipeline);
  const args = ["--yes", "--env-file", ".env", "--param", "greeting=hi"];
  const first = await project.run(...args);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain("[build] hi main with ****\n[build] not committed");
  expect(first.stdout).toContain("[test-2] test 2 of built");
  expect(first.stdout).toContain("[deploy] deploys as ****");
  expect(first.stdout).toMatch(
    /✓ SUCCESS in [^]*✓ build +[\d.]+ m?s +a cache missed[^]*⊘ never .*not run: branch "main"/,
  );
  expect(await readFile(join(project.root, ".fmg/artifacts/test-1/kept/out.txt"), "utf8")).toBe("built\n");
  expect(await leftovers(instanceIn(first.stdout))).toEqual([]);
  expect(await readdir(join(project.stateRoot, "live"))).toEqual([]);

  // What the first run kept is no part of the tree that the second one builds.
  const second = await project.run(...args);
  expect(second.stdout).toMatch(/✓ build .*cache v1-x/);
  expect(second.stdout).toContain("[build] seen.txt\n");
  expect(second.stdout).not.toContain("[build] .fmg\n");
});

test("a failure comes first in the report, with its log, and what required it is not run; the exit code is 1", async () => {
  await using project = await aProjectFolder({
    ".circleci/config.yml": aConfig(
      {
        fine: ["run: echo fine"],
        bad: ["run: {name: Breaks, command: echo why; exit 7}"],
        after: ["run: echo never"],
      },
      "[fine, bad, {after: {requires: [bad]}}]",
    ),
  });
  const { code, stdout } = await project.run();
  expect(code).toBe(1);
  expect(stdout).toContain("[bad] ✗ Breaks: Exited with code exit status 7");
  const report = stdout.slice(stdout.indexOf("✗ FAILURE in"));
  expect(report).toMatch(/✗ bad [^]*✓ fine [^]*⊘ after .*not run: requires "bad"/);
  const log = /log: (.*)/.exec(report)![1]!;
  expect(await readFile(log, "utf8")).toContain("why\n");
});

describe("which jobs run", () => {
  const chain = {
    ".circleci/config.yml": aConfig(
      {
        build: ["run: echo built > /tmp/out", "persist_to_workspace: {root: /tmp, paths: [out]}"],
        test: ["attach_workspace: {at: /tmp/ws}", "run: echo tests $(cat /tmp/ws/out)"],
        ship: ["run: echo ships"],
      },
      "[build, {test: {requires: [build]}}, {ship: {requires: [test]}}]",
    ),
  };
  const ran = (stdout: string): string[] =>
    ["build", "test", "ship"].filter((job) => stdout.includes(`[${job}] > Spin up`));

  test("a named job runs with what it requires; --from begins at one with what an earlier run left; --job runs one alone", async () => {
    await using project = await aProjectFolder(chain);
    const early = await project.run("--from", "test");
    expect(early).toMatchObject({ code: 5, stdout: "" });
    expect(early.stderr).toContain(
      "no earlier run here left a result of build\n  Run it first:  fmg run build",
    );

    const named = await project.run("test");
    expect([named.code, ran(named.stdout)]).toEqual([0, ["build", "test"]]);
    const from = await project.run("--from", "test");
    expect([from.code, ran(from.stdout)]).toEqual([0, ["test", "ship"]]);
    expect(from.stdout).toContain("[test] tests built");
    expect(from.stdout).toMatch(/✓ build +as before/);
    const alone = await project.run("--job", "test");
    expect([alone.code, ran(alone.stdout)]).toEqual([0, ["test"]]);
    expect(alone.stdout).toContain("[test] tests built");
  });

  test("a name that is none is told with the nearest one", async () => {
    await using project = await aProjectFolder(chain);
    const { code, stderr } = await project.run("tset");
    expect(code).toBe(5);
    expect(stderr).toBe(
      'Error: the config has no workflow or job "tset"\n  Did you mean:  fmg run test\n  It has:  main, build, test, ship\n',
    );
  });
});

test("--json is one document, with every step, its log and the tests, and nothing else on stdout", async () => {
  await using project = await aProjectFolder({
    ".circleci/config.yml": aConfig({ a: ["run: {name: Fails, command: exit 3}"] }, "[a]"),
  });
  const { code, stdout } = await project.run("--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    status: "failure",
    workflows: [
      {
        name: "main",
        jobs: [
          {
            name: "a",
            status: "failure",
            reason: "step_failed",
            attempts: [{ nodeIndex: 0, steps: [{ status: "success" }, { name: "Fails", exitCode: 3 }] }],
          },
        ],
      },
    ],
    tests: [],
    artifacts: [],
  });
});

describe("what cannot run is told before anything runs", () => {
  test("a config with an error, with its place; the exit code is 1", async () => {
    await using project = await aProjectFolder({
      ".circleci/config.yml": "version: 2.1\njobs:\n  a: {stesp: []}\n",
    });
    const { code, stderr, stdout } = await project.run();
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(".circleci/config.yml:3:7  error");
  });

  test("an approval that nobody can be asked for; the exit code is 2", async () => {
    await using project = await aProjectFolder({
      ".circleci/config.yml": aConfig({ a: ["run: echo a"] }, "[a, {hold: {type: approval}}]"),
    });
    const { code, stderr, stdout } = await project.run();
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Approve it:   fmg run --approve hold");
    expect(await project.run("--approve", "hold")).toMatchObject({ code: 0 });
  });

  test("an executor that this machine has not, by its place", async () => {
    await using project = await aProjectFolder({
      ".circleci/config.yml":
        "version: 2.1\njobs:\n  a:\n    machine: {image: ubuntu-2404:current}\n    steps: [run: echo a]\nworkflows: {main: {jobs: [a]}}\n",
    });
    const { code, stderr } = await project.run();
    expect(code).toBe(1);
    expect(stderr).toContain("no image stands in here for the machine ubuntu-2404:current");
  });

  test("an env file that is wrong, by its line and without what stands there; the exit code is 2", async () => {
    await using project = await aProjectFolder({
      ".circleci/config.yml": aConfig({ a: ["run: echo a"] }, "[a]"),
      ".env": "A=1\nsecretvalue\n",
    });
    const { code, stderr } = await project.run("--env-file", ".env");
    expect(code).toBe(2);
    expect(stderr).toContain("Error: .env:2: it is no NAME=value");
    expect(stderr).not.toContain("secretvalue");
  });

  test("no Docker; the exit code is 3", async () => {
    await using project = await aProjectFolder(
      { ".circleci/config.yml": aConfig({ a: ["run: echo a"] }, "[a]") },
      { DOCKER_HOST: "unix:///nowhere/docker.sock" },
    );
    const { code, stderr } = await project.run();
    expect(code).toBe(3);
    expect(stderr).toContain("Is Docker running?");
  });
});

test("a job's workflow that may start again by itself does so, from what failed (R-ARR-1)", async () => {
  const config = aConfig(
    {
      good: ["run: echo good"],
      flaky: [
        "restore_cache: {keys: [tried]}",
        "run: {command: 'echo x >/tmp/tried; [ -e /tmp/second ]'}",
        "run: {command: cp /tmp/tried /tmp/second, when: on_fail}",
        "save_cache: {key: tried, paths: [/tmp/second], when: always}",
      ],
    },
    "[good, flaky]",
  ).replace("  main:\n", "  main:\n    max_auto_reruns: 2\n");
  await using project = await aProjectFolder({ ".circleci/config.yml": config });
  const { code, stdout } = await project.run();
  expect(stdout).toMatch(/✓ SUCCESS in [^]*after 1 rerun/);
  expect(code).toBe(0);
  expect(stdout.split("[good] > Spin up").length).toBe(2);
});

test("the README's command: from a folder with a config to a local green run, in whatever folder the checkout is", async () => {
  await using project = await aProjectFolder({
    ".circleci/config.yml": aConfig({ build: ["checkout", "run: echo hello"] }, "[build]"),
  });
  const script = join(repoRoot, "scripts/fmg.sh");
  const { stdout } = await promisify(execFile)(script, ["run"], { cwd: project.root, env: project.env });
  expect(stdout).toContain("[build] hello\n");
  expect(stdout).toContain("✓ SUCCESS in");
});

test("two runs at once in one folder both come to their end, and leave nothing of either", async () => {
  await using project = await aProjectFolder(pipeline);
  const ran = await Promise.all([project.run("--yes"), project.run("--yes")]);
  for (const { code, stdout } of ran) {
    expect(code).toBe(0);
    expect(stdout).toContain("[test-2] test 2 of built");
    expect(await leftovers(instanceIn(stdout))).toEqual([]);
  }
  expect(await readdir(join(project.stateRoot, "live"))).toEqual([]);
});
