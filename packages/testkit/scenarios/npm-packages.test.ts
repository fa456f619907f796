import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildTestImages } from "../src/images/images.ts";
import { installPackages, packPackages } from "../src/installed-packages.ts";

const run = promisify(execFile);
/** What a person has: Node with npm, and no checkout. */
const env = { PATH: process.env["PATH"], HOME: process.env["HOME"] };

let folder: string;
let tarballs: readonly string[];
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-packed-"));
  tarballs = await packPackages(join(folder, "packed"));
  project = join(folder, "project");
  await installPackages(tarballs, project);
  await mkdir(join(project, ".circleci"));
  await buildTestImages(["busybox"]);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

test("the packages hold what they need, no tests, and both step programs", async () => {
  const names = tarballs.map((file) => file.replace(/^.*fmg-([a-z]+)-[\d.]+\.tgz$/, "$1"));
  expect(names.sort()).toEqual(["cli", "client", "core", "git", "parser", "runner", "storage"]);
  for (const file of tarballs) {
    const { stdout } = await run("tar", ["-tzf", file]);
    expect(stdout).toContain("package/LICENSE");
    expect(stdout).not.toMatch(/\.test\.|\/src\//);
    if (!file.includes("runner")) continue;
    for (const part of ["bin/fmg-step-amd64", "bin/fmg-step-arm64", "dist/row/row.sh"]) {
      expect(stdout).toContain(`package/${part}`);
    }
  }
});

test("installed together in an empty folder, npx fmg run runs the config there on Docker", async () => {
  const config = `version: 2.1
jobs:
  build:
    docker: [{image: fmg-test/busybox:local}]
    steps: [checkout, {run: "cat greeting"}]
workflows: {main: {jobs: [build]}}
`;
  await writeFile(join(project, ".circleci/config.yml"), config);
  await writeFile(join(project, ".gitignore"), "node_modules\n");
  await writeFile(join(project, "greeting"), "hello from the folder\n");
  const cache = { XDG_CACHE_HOME: join(folder, "cache") };
  const { stdout } = await run("npx", ["--no", "fmg", "run"], { cwd: project, env: { ...env, ...cache } });
  expect(stdout).toContain("hello from the folder");
  expect(stdout).toMatch(/✓ SUCCESS in/);
}, 60_000);

test("import '@fmg/parser' compiles a config", async () => {
  const code = `import { compile } from "@fmg/parser";
    const text = "version: 2.1\\njobs: {build: {docker: [{image: a}], steps: [checkout]}}";
    const pipeline = new Map([["pipeline.git.branch", "main"], ["pipeline.git.tag", null]]);
    const { kind, plan } = compile(text, { file: "config.yml", pipeline });
    console.log(kind, plan.workflows[0].jobs[0].name);`;
  await writeFile(join(project, "compile.js"), code);
  const { stdout } = await run(process.execPath, ["compile.js"], { cwd: project, env });
  expect(stdout).toBe("compiled build\n");
});
