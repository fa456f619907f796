import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { runFmg, startFmgOnTerminal, startFmg, type Ran, type Running } from "./run-fmg.ts";

/** A folder with a config, and a state of its own for `fmg run`. */
export interface ProjectFolder extends AsyncDisposable {
  readonly root: string;
  readonly stateRoot: string;
  /** What a process needs to have the same state. */
  readonly env: NodeJS.ProcessEnv;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  run(...args: string[]): Promise<Ran>;
  start(...args: string[]): Running;
  onTerminal(...args: string[]): Running;
}

export async function aProjectFolder(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<ProjectFolder> {
  const folder = await mkdtemp(join(tmpdir(), "fmg-project-"));
  const root = join(folder, "app");
  const options = { cwd: root, env: { XDG_CACHE_HOME: join(folder, "cache"), ...env } };
  const write: ProjectFolder["write"] = async (some) => {
    for (const [path, text] of Object.entries(some)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  };
  await write(files);
  return {
    root,
    stateRoot: join(folder, "cache", "fmg", "run"),
    env: { PATH: process.env["PATH"], HOME: tmpdir(), ...options.env },
    write,
    run: (...args) => runFmg(["run", ...args], options),
    start: (...args) => startFmg(["run", ...args], options),
    onTerminal: (...args) => startFmgOnTerminal(["run", ...args], options),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** A config of jobs on a small image, in one workflow. */
export function aConfig(jobs: Readonly<Record<string, readonly string[]>>, workflow: string): string {
  const definitions = Object.entries(jobs).map(
    ([name, steps]) => `  ${name}:
    docker: [{image: "fmg-test/busybox:local"}]
    steps:
${steps.map((step) => `      - ${step}\n`).join("")}`,
  );
  return `version: 2.1\njobs:\n${definitions.join("")}workflows:\n  main:\n    jobs: ${workflow}\n`;
}
