import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

import { runFmg, type Ran } from "../../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const valid = `version: 2.1
parameters: { deploy: { type: boolean, default: false } }
commands: { greet: { steps: [run: echo hello] } }
jobs:
  build: { docker: [{ image: a }], steps: [checkout, greet] }
workflows:
  main: { jobs: [build: { filters: { branches: { only: main } } }] }
  deploy: { when: << pipeline.parameters.deploy >>, jobs: [build] }
`;
const invalid = valid.replace("steps: [checkout, greet]", "stesp: [checkout], steps: [checkout]");
const withOrb = valid
  .replace("version: 2.1\n", "version: 2.1\norbs: { o: acme/o@1 }\n")
  .replace("greet]", "o/hi]");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-config-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(file: string, content: string): Promise<void> {
  await mkdir(join(folder, file, ".."), { recursive: true });
  await writeFile(join(folder, file), content);
}

/** Runs `fmg config …` where the config is, with a server that nobody answers for. */
function config(...args: string[]): Promise<Ran> {
  return runFmg(["config", ...args], { cwd: folder, env: { FMG_SERVER_URL: "http://127.0.0.1:9" } });
}

describe("fmg config validate", () => {
  test("a right config says so and ends with 0", async () => {
    await write(".circleci/config.yml", valid);
    expect(await config("validate")).toEqual({
      code: 0,
      stdout: ".circleci/config.yml is valid.\n",
      stderr: "",
    });
  });

  test("a mistake is shown at its place, and the end is 1", async () => {
    await write(".circleci/config.yml", invalid);
    const { code, stdout } = await config("validate");
    expect(code).toBe(1);
    expect(stdout).toContain(".circleci/config.yml:5:36  error  unknown-key");
    expect(stdout).toContain("hint: Did you mean `steps`?");
    expect(stdout.endsWith("1 error, 0 warnings\n")).toBe(true);
  });

  test("warnings end with 0, and with 1 under --strict", async () => {
    await write("c.yml", valid.replace("run: echo hello", "run: { command: x, surprise: 1 }"));
    const lenient = await config("validate", "c.yml");
    expect([lenient.code, lenient.stdout.includes("0 errors, 1 warning")]).toEqual([0, true]);
    expect((await config("validate", "c.yml", "--strict")).code).toBe(1);
  });

  test.each(["json", "sarif"])("--format %s is one JSON document", async (format) => {
    await write("c.yml", invalid);
    const { code, stdout } = await config("validate", "--format", format, "c.yml");
    expect(code).toBe(1);
    expect(JSON.stringify(JSON.parse(stdout))).toContain("unknown-key");
  });

  test("--format github is a line an annotation", async () => {
    await write("c.yml", invalid);
    const { stdout } = await config("validate", "--format=github", "c.yml");
    expect(stdout).toMatch(/^::error file=c\.yml,line=5,.*::extraneous key/);
  });

  test("wrong use ends with 2 and says what to do", async () => {
    for (const [args, hint] of [
      [["validate"], "Name another file"],
      [["validate", "--format", "srif", "x"], "--format sarif"],
      [["validat"], "fmg config validate"],
      [["validate", "--params", "a=b"], "--param"],
    ] as const) {
      const { code, stderr } = await config(...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(hint)]);
    }
    await write("c.yml", valid);
    expect((await config("validate", "c.yml", "--param", "deploy")).stderr).toContain("name=value");
  });
});

describe("fmg config compile", () => {
  test("standard input is compiled, and printed as plain YAML", async () => {
    const { code, stdout } = await compileStdin(valid, ["--branch", "main"]);
    expect(code).toBe(0);
    expect(stdout).toContain("    - run:\n        command: echo hello\n");
    expect(stdout).not.toContain("greet");
    expect(stdout).not.toContain("deploy:");
  });

  test("a parameter is given in its own type", async () => {
    await write("c.yml", valid);
    expect((await config("compile", "c.yml", "--param", "deploy=true")).stdout).toContain("  deploy:\n");
    const wrong = await config("compile", "c.yml", "--param", "deploy=perhaps");
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("argument-type")]);
    const unknown = await config("compile", "c.yml", "--param", "deplyo=true");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("Did you mean `deploy`?")]);
  });

  test("an orb comes from a folder; where there is none, the diagnostic says how to vendor it", async () => {
    await write("c.yml", withOrb);
    const without = await config("compile", "c.yml");
    expect(without.code).toBe(1);
    expect(without.stderr).toContain("c.yml:2:12  error  orb-unavailable");
    expect(without.stderr).toContain("acme__o@1.yml");
    await write(
      "orbs/acme__o@1.2.3.yml",
      "version: 2.1\ncommands: { hi: { steps: [run: hi from the orb] } }\n",
    );
    const { code, stdout } = await config("compile", "--orb-dir", "orbs", "c.yml");
    expect(code).toBe(0);
    expect(stdout).toContain("# Orb 'acme/o@1' resolved to 'acme/o@1.2.3'\n");
    expect(stdout).toContain("command: hi from the orb");
  });

  test("the checkout around a config gives the values of the pipeline (R-CF-11)", async () => {
    const values = ["project.slug", "project.git_url", "git.branch", "git.revision", "git.branch.is_default"];
    const words = values.map((value) => `<< pipeline.${value} >>`).join(" ");
    // Published orbs pass the kind of project on to a parameter that knows a few words only.
    const typed =
      "{ parameters: { vcs: { type: enum, enum: [github] } }, steps: [run: << parameters.vcs >>] }";
    await write(
      "c.yml",
      `version: 2.1\ncommands: { greet: ${typed} }\njobs:\n  build:\n    docker: [image: a]\n    steps: [run: ${words}, greet: { vcs: << pipeline.project.type >> }]\n`,
    );
    const bare = await config("compile", "c.yml");
    expect([bare.code, bare.stderr]).toEqual([0, ""]);
    expect(bare.stdout).toContain("command: github\n");
    const revision = "0123456789".repeat(4);
    await write(".git/HEAD", "ref: refs/heads/next\n");
    await write(".git/packed-refs", `# pack-refs with: peeled\n${revision} refs/heads/next\n`);
    await write(".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/next\n");
    await write(".git/config", '[remote "origin"]\n\turl = git@github.com:octo/hello.git\n\tfetch = x\n');
    const { stdout } = await config("compile", "c.yml");
    expect(stdout).toContain(`gh/octo/hello https://github.com/octo/hello next ${revision} true\n`);
  });

  test("under --json it is the compiled text and the plan, or the diagnostics", async () => {
    await write("c.yml", valid);
    const compiled = JSON.parse((await config("compile", "c.yml", "--json")).stdout) as object;
    expect(compiled).toMatchObject({
      config: expect.stringMatching(/^version: 2\n/),
      plan: { setup: false },
    });
    await write("c.yml", invalid);
    const { code, stdout } = await config("compile", "c.yml", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([1, { diagnostics: [{ code: "unknown-key" }] }]);
  });
});

describe("fmg config explain", () => {
  test("a step names the command that it came by", async () => {
    await write("c.yml", valid);
    const { stdout } = await config(
      "explain",
      "c.yml",
      "--branch",
      "main",
      "--workflow",
      "main",
      "--step",
      "2",
    );
    expect(stdout).toContain('  step 2: run "echo hello", at c.yml:3:30\n');
    expect(stdout).toContain("from the command `greet`, defined at c.yml:3:13, called at c.yml:5:54");
  });

  test("the branch that is checked out decides, unless another is given", async () => {
    await write("c.yml", valid);
    await write(".git/HEAD", "ref: refs/heads/feature/login\n");
    const left = 'branch "feature/login" does not match filters.branches.only ["main"]';
    const ask = ["explain", "c.yml", "--workflow", "main"];
    expect((await config(...ask)).stdout).toContain(left);
    expect((await config(...ask, "--branch", "main")).stdout).not.toContain("does not run");
    expect((await config(...ask, "--tag", "v1")).stdout).toContain('tag "v1"');
  });

  test("a name that nothing bears is not found, with the nearest one", async () => {
    await write("c.yml", valid);
    const { code, stderr } = await config("explain", "c.yml", "--job", "biuld");
    expect([code, stderr]).toEqual([5, expect.stringContaining("--job build")]);
  });
});

test("fmg config schema prints a JSON Schema", async () => {
  const { code, stdout } = await config("schema");
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { $schema: expect.stringContaining("draft-07") }]);
});

const bin = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));

async function compileStdin(input: string, args: readonly string[]) {
  const child = spawn(
    process.execPath,
    ["--conditions=@fmg/source", bin, "config", "compile", "-", ...args],
    {
      cwd: folder,
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { stdout: await text(child.stdout), code: await ended };
}

describe("fmg config graph", () => {
  test.each([
    [
      ["graph"],
      "main\n  1  build\n⊘ deploy  its `when` does not hold (.circleci/config.yml:8:19, R-WHEN-1)\n",
    ],
    [["graph", "--branch", "dev"], expect.stringContaining("⊘  build  branch")],
    [["graph", "--format", "dot"], expect.stringMatching(/^digraph pipeline \{/)],
    [["graph", "--format", "json"], expect.stringMatching(/^\{"workflows":\[\{"name":"main","jobs":/)],
    [["graph", "--json"], expect.stringMatching(/^\{"workflows":\[\{"name":"main","jobs":/)],
  ])("shows the jobs and what is left out: %j", async (args, stdout) => {
    await write(".circleci/config.yml", valid);
    expect(await config(...args)).toEqual({ code: 0, stdout, stderr: "" });
  });

  test("a config with errors is told as fmg config validate tells it, and a format that is none is wrong use", async () => {
    await write("c.yml", invalid);
    const rejected = await config("graph", "c.yml");
    const unknown = await config("graph", "c.yml", "--format", "dto");
    expect(rejected).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("c.yml:5:36  error"),
    });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("--format dot") });
  });
});
