import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runGit } from "@fmg/git/testing";
import { buildTestImages, testImages } from "../src/images/images.ts";
import { installPackages, packPackages } from "../src/installed-packages.ts";
import { mediansInTurn, type Finding } from "./measure.ts";

const ROUNDS = 5;
const run = promisify(execFile);

/** The same jobs in both languages: what a job runs, and what it waits for. */
type Shape = Readonly<
  Record<string, { readonly commands: readonly string[]; readonly needs?: readonly string[] }>
>;

const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `echo ${index}`);
const middle = ["a", "b", "c", "d", "e", "f"];
const shapes: Readonly<Record<string, Shape>> = {
  "a job that does nothing": { build: { commands: words(1) } },
  "a job of five steps": { build: { commands: words(5) } },
  "one job, then six, then one": {
    first: { commands: words(1) },
    ...Object.fromEntries(middle.map((name) => [name, { commands: words(1), needs: ["first"] }])),
    last: { commands: words(1), needs: middle },
  },
};

/** P15: `fmg run`, as it is installed, against gitlab-ci-local with the same jobs in the same image. Needs rsync, as that does. */
export async function benchmarkPeers(): Promise<readonly Finding[]> {
  await run("rsync", ["--version"]).catch((cause: unknown) => {
    throw new Error("gitlab-ci-local needs rsync. Install it: apt-get install rsync", { cause });
  });
  await buildTestImages(["bash"]);
  const folder = await mkdtemp(join(tmpdir(), "fmg-bench-peers-"));
  try {
    await installPackages(await packPackages(join(folder, "packed")), join(folder, "installed"));
    const fmg = join(folder, "installed/node_modules/.bin/fmg");
    const findings: Finding[] = [];
    for (const [what, shape] of Object.entries(shapes)) {
      findings.push(await compare(what, await aRepository(join(folder, what), shape), { fmg, folder }));
    }
    return findings;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(
  what: string,
  cwd: string,
  { fmg, folder }: { readonly fmg: string; readonly folder: string },
): Promise<Finding> {
  const env = { PATH: process.env["PATH"], HOME: folder, XDG_CACHE_HOME: join(folder, "cache") };
  const other = [peerProgram(), "--pull-policy", "if-not-present", "--helper-image", testImages.bash];
  const times = await mediansInTurn(
    [
      { name: "fmg", run: async () => void (await run(fmg, ["run"], { cwd, env })) },
      { name: "peer", run: async () => void (await run(process.execPath, other, { cwd, env })) },
    ],
    ROUNDS,
  );
  return {
    goal: "P15",
    what: `${what}, against gitlab-ci-local`,
    measured: times.get("fmg")!,
    floor: times.get("peer")!,
    unit: "ms",
    atMost: 0.4,
  };
}

function peerProgram(): string {
  return fileURLToPath(import.meta.resolve("gitlab-ci-local"));
}

async function aRepository(root: string, shape: Shape): Promise<string> {
  await mkdir(join(root, ".circleci"), { recursive: true });
  await writeFile(join(root, ".circleci/config.yml"), circleciConfig(shape));
  await writeFile(join(root, ".gitlab-ci.yml"), gitlabConfig(shape));
  await runGit(root, ["init", "-q", "-b", "main"]);
  await runGit(root, ["remote", "add", "origin", "https://git.test/octo/bench.git"]);
  await runGit(root, ["add", "-A"]);
  await runGit(root, ["-c", "user.name=a", "-c", "user.email=a@b.test", "commit", "-qm", "first"]);
  return root;
}

function circleciConfig(shape: Shape): string {
  const jobs = Object.entries(shape).map(([name, { commands }]) => {
    const steps = ["checkout", ...commands.map((command) => `{run: "${command}"}`)].join(", ");
    return `  ${name}: {docker: [{image: "${testImages.bash}"}], steps: [${steps}]}\n`;
  });
  const uses = Object.entries(shape).map(
    ([name, { needs = [] }]) => `      - ${name}: {requires: [${needs.join(", ")}]}\n`,
  );
  return `version: 2.1\njobs:\n${jobs.join("")}workflows:\n  main:\n    jobs:\n${uses.join("")}`;
}

function gitlabConfig(shape: Shape): string {
  const jobs = Object.entries(shape).map(([name, { commands, needs = [] }]) => {
    const script = commands.map((command) => `"${command}"`).join(", ");
    return `${name}: {image: "${testImages.bash}", needs: [${needs.join(", ")}], script: [${script}]}\n`;
  });
  return jobs.join("");
}
