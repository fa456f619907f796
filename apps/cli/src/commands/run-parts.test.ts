import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import { buildTestImages } from "@fmg/testkit";

import { aPipeline } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { aConfig, aProjectFolder } from "../testing/project-folder.ts";

// Each test starts processes and containers, and a busy machine starts them slowly.
jest.setTimeout(90_000);
beforeAll(() => buildTestImages(["busybox"]), 60_000);

describe("--only-step", () => {
  const files = {
    "here.txt": "from the folder",
    ".circleci/config.yml": aConfig(
      {
        a: [
          "run: {name: Installs, command: echo installs}",
          "checkout",
          "run: {name: Tests, command: cat here.txt}",
        ],
      },
      "[a]",
    ),
  };

  test("runs one step after those that bring its files", async () => {
    await using project = await aProjectFolder(files);
    const { code, stdout } = await project.run("--job", "a", "--only-step", "Tests");
    expect(code).toBe(0);
    expect(stdout).toContain("[a] from the folder");
    expect(stdout).not.toContain("installs");
  });

  test.each([
    [["--job", "a", "--only-step", "Tets"], 5, 'Did you mean:  --only-step "Tests"\n'],
    [["--only-step", "Tests"], 2, "--job"],
  ])("%j is refused", async (args, exitCode, hint) => {
    await using project = await aProjectFolder(files);
    const { code, stderr } = await project.run(...args);
    expect(code).toBe(exitCode);
    expect(stderr).toContain(hint);
  });
});

describe("--event", () => {
  const config = `${aConfig(
    {
      a: [
        'run: echo "<< pipeline.event.name >> <pipeline.git.tag> ${CIRCLE_TAG:-none} ${CIRCLE_PULL_REQUEST:-none}"',
      ],
    },
    "[{a: {filters: {tags: {only: /.*/}}}}]",
  ).replace("<pipeline.git.tag>", "<< pipeline.git.branch >>")}  of-pull-requests:
    when: {equal: [pull_request, << pipeline.event.name >>]}
    jobs: [a]
`;

  test.each([
    [[], "push main none none", false],
    [["--branch", "fix/x"], "push fix/x none none", false],
    [["--event", "tag", "--tag", "v1"], "push  v1 none", false],
    [["--event", "pr"], "pull_request main none /pull/1", true],
    [["--event", "api"], "api main none none", false],
  ])("%j is what conditions and variables see", async (args, said, isPullRequest) => {
    await using project = await aProjectFolder({ ".circleci/config.yml": config });
    const { code, stdout } = await project.run(...args);
    expect(code).toBe(0);
    expect(stdout).toContain(`a] ${said}\n`);
    expect(stdout.includes("[of-pull-requests/a]")).toBe(isPullRequest);
  });

  test("a tag needs its name", async () => {
    await using project = await aProjectFolder({ ".circleci/config.yml": config });
    expect(await project.run("--event", "tag")).toMatchObject({ code: 2 });
  });
});

test("--watch runs again what a change touches: jobs of the tree, and those whose config changed, with what comes after", async () => {
  const configOf = (word: string): string =>
    aConfig(
      {
        tree: [
          "checkout",
          "run: echo tree sees $(cat seen.txt)",
          "persist_to_workspace: {root: ., paths: [seen.txt]}",
        ],
        after: ["attach_workspace: {at: /w}", "run: echo after sees $(cat /w/seen.txt)"],
        apart: [`run: echo apart says ${word}`],
      },
      "[tree, {after: {requires: [tree]}}, apart]",
    );
  await using project = await aProjectFolder({
    ".circleci/config.yml": configOf("one"),
    "seen.txt": "first",
    ".gitignore": "*.log\n",
  });
  const running = project.start("--watch");
  await running.sees("Waits for a change");
  await project.write({ "noise.log": "x", "seen.txt": "second" });
  await running.sees("after sees second");
  await running.seesTimes("Waits for a change", 2);
  await project.write({ ".circleci/config.yml": configOf("two") });
  await running.sees("apart says two\n");
  await running.seesTimes("Waits for a change", 3);
  // What is broken is told, and waited out.
  await project.write({ ".circleci/config.yml": "version: 2.1\njobs: [\n" });
  await running.sees(".circleci/config.yml:");
  running.child.kill("SIGINT");
  const { code, stdout } = await running.ended;
  expect(code).toBe(130);
  const times = (text: string): number => stdout.split(text).length - 1;
  expect([times("[tree] > Spin up"), times("[after] > Spin up"), times("[apart] > Spin up")]).toEqual([
    2, 2, 2,
  ]);
}, 120_000);

test("--watch ends what runs when something changes, and begins again", async () => {
  const files = (text: string) => ({ "seen.txt": text });
  await using project = await aProjectFolder({
    ...files("first"),
    ".circleci/config.yml": aConfig(
      { a: ["checkout", "run: echo sees $(cat seen.txt); [ $(cat seen.txt) = second ] || sleep 600"] },
      "[a]",
    ),
  });
  const running = project.start("--watch");
  await running.sees("[a] sees first");
  await project.write(files("second"));
  await running.sees("[a] sees second");
  await running.sees("✓ SUCCESS in");
  running.child.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
});

describe("in place of a run", () => {
  const files = {
    ".circleci/config.yml": aConfig(
      { build: ["checkout", "run: make"], test: ["run: make test"], ship: ["run: ship"] },
      "[build, {test: {requires: [build]}}, {ship: {requires: [test], filters: {branches: {only: release}}}}]",
    ),
  };
  // Whatever it is, nobody asks Docker.
  const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

  test("--list names the jobs, and says what does not run", async () => {
    await using project = await aProjectFolder(files, env);
    const listed = await project.run("--list");
    expect(listed).toMatchObject({ code: 0, stderr: "" });
    expect(listed.stdout).toMatch(
      /^main +build +build\nmain +test +build\nmain +ship +does not run: branch "main"/,
    );
    expect((await project.run("--list", "-q")).stdout).toBe("build\ntest\nship\n");
    const { items } = JSON.parse((await project.run("--list", "--json", "--branch", "release")).stdout) as {
      items: object[];
    };
    expect(items.at(-1)).toEqual({ workflow: "main", name: "ship", kind: "build", leftOut: null });
  });

  test("--graph shows what waits for what", async () => {
    await using project = await aProjectFolder(files, env);
    expect((await project.run("--graph", "test")).stdout).toBe("main\n  1  build\n  2  test   ← build\n");
  });

  test("--dry-run shows the steps, and what does not run and why", async () => {
    await using project = await aProjectFolder(files, env);
    const { code, stdout } = await project.run("--dry-run", "--job", "test");
    expect(code).toBe(0);
    expect(stdout).toContain("build  is not asked for");
    expect(stdout).toContain("make test");
    expect(stdout).toMatch(/⊘ ship {2}branch "main" does not match/);
  });
});

test("--like takes ref, parameters, id and number of a server's pipeline over, and what is asked for beside it wins", async () => {
  const parameters = { who: "octo", count: "3" };
  const trigger = { kind: "api", parameters } as const;
  await using server = await startFakeServer({
    pipelines: [aPipeline({ id: 5, number: 4, branch: "feature/login", trigger })],
  });
  const config = aConfig(
    {
      a: [
        'run: echo "<< pipeline.parameters.who >> << pipeline.parameters.count >> << pipeline.number >> << pipeline.id >> $CIRCLE_BRANCH << pipeline.trigger_source >>"',
      ],
    },
    "[a]",
  );
  await using project = await aProjectFolder({
    ".circleci/config.yml": `${config}parameters: {who: {type: string, default: x}, count: {type: integer, default: 0}}\n`,
  });
  const args = ["--like", "5", "--server-url", server.url];
  expect((await project.run(...args)).stdout).toContain("[a] octo 3 4 uuid-5 feature/login api\n");
  const other = await project.run(...args, "--param", "who=me", "--branch", "main");
  expect(other.stdout).toContain("[a] me 3 4 uuid-5 main api\n");
  expect(await project.run("--like", "77", "--server-url", server.url)).toMatchObject({ code: 5 });
});

test("orbs come from where the machine's settings say, as on a server; one that is nowhere is told at its place", async () => {
  const files = {
    ".circleci/config.yml": "version: 2.1\norbs: {hi: octo/hi@1}\nworkflows: {main: {jobs: [hi/greet]}}\n",
    "orbs/octo__hi@1.2.0.yml":
      "version: 2.1\njobs: {greet: {docker: [{image: fmg-test/busybox:local}], steps: [run: echo from the orb]}}\n",
  };
  await using project = await aProjectFolder(files, { FMG_ORBS_DIR: "orbs" });
  expect((await project.run()).stdout).toContain("from the orb");
  await using without = await aProjectFolder(files);
  const { code, stderr } = await without.run();
  expect(code).toBe(1);
  expect(stderr).toMatch(/config\.yml:2:\d+ {2}error [^]*FMG_ORBS_DIR/);
});
