import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { repoRoot } from "../src/repo-root.ts";
import { mediansInTurn, type Finding } from "./measure.ts";

const ROUNDS = 20;
const run = promisify(execFile);

/** `fmg --version`, as it is installed, against an empty oclif app with one command. */
export async function benchmarkStartUp(): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "fmg-bench-start-"));
  try {
    const fmg = await buildFmg(join(folder, "fmg"));
    const bare = await buildBareApp(join(folder, "bare"));
    const program = (name: string, ...args: string[]) => ({
      name,
      run: async () => void (await run(process.execPath, args, { cwd: folder, env: { HOME: folder } })),
    });
    const times = await mediansInTurn(
      [program("fmg --version", fmg, "--version"), program("bare --version", bare, "--version")],
      ROUNDS,
    );
    return [
      {
        goal: "CLI",
        what: "fmg --version against an empty oclif app's",
        measured: times.get("fmg --version")!,
        floor: times.get("bare --version")!,
        unit: "ms",
        atMost: 1.3,
      },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The CLI as a build leaves it: JavaScript in `dist/`, which bin/run.js prefers. Returns the program's file. */
async function buildFmg(folder: string): Promise<string> {
  const app = join(repoRoot, "apps/cli");
  for (const name of ["bin", "package.json"]) {
    await cp(join(app, name), join(folder, name), { recursive: true });
  }
  await symlink(join(app, "node_modules"), join(folder, "node_modules"));
  const sources = await readdir(join(app, "src"), { recursive: true });
  for (const name of sources.filter((each) => each.endsWith(".ts") && !each.endsWith(".test.ts"))) {
    const stripped = stripTypeScriptTypes(await readFile(join(app, "src", name), "utf8"));
    const file = join(folder, "dist", name.replace(/\.ts$/, ".js"));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, stripped.replaceAll(/(["']\.{1,2}\/[^"'\n]*)\.ts(["'])/g, "$1.js$2"));
  }
  return join(folder, "bin/run.js");
}

/** What `oclif generate` would make, without everything that can be left out. */
async function buildBareApp(folder: string): Promise<string> {
  const files: Readonly<Record<string, string>> = {
    "package.json": JSON.stringify({
      name: "bare",
      version: "0.0.0",
      type: "module",
      oclif: { bin: "bare", commands: "./dist/commands", topicSeparator: " " },
    }),
    "bin/run.js": 'import { execute } from "@oclif/core";\nawait execute({ dir: import.meta.url });\n',
    "dist/commands/hello.js":
      'import { Command } from "@oclif/core";\nexport default class Hello extends Command { async run() { this.log("hello"); } }\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await symlink(join(repoRoot, "apps/cli/node_modules"), join(folder, "node_modules"));
  return join(folder, "bin/run.js");
}
