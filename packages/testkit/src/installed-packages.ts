import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repoRoot } from "./repo-root.ts";

const run = promisify(execFile);

/** Packs what fmg is made of, as npm would publish it; returns the tarballs. */
export async function packPackages(folder: string): Promise<readonly string[]> {
  await run(join(repoRoot, "scripts/pack.sh"), [folder]);
  return (await readdir(folder)).map((name) => join(folder, name));
}

/** Installs the tarballs together. From the store of this checkout, which has their dependencies: no network is needed. */
export async function installPackages(tarballs: readonly string[], project: string): Promise<void> {
  const files = tarballs.map((file) => {
    const [, name = ""] = /fmg-([a-z]+)-[\d.]+\.tgz$/.exec(file) ?? [];
    return [`@fmg/${name}`, `file:${file}`] as const;
  });
  await mkdir(project, { recursive: true });
  const manifest = { private: true, type: "module", dependencies: Object.fromEntries(files) };
  await writeFile(join(project, "package.json"), JSON.stringify(manifest));
  const workspace = await readFile(join(repoRoot, "pnpm-workspace.yaml"), "utf8");
  const [builds = ""] = /^allowBuilds:\n(?: .*\n)+/m.exec(workspace) ?? [];
  // They name each other by version, and stand in no registry yet.
  const overrides = files.map(([name, file]) => `  "${name}": ${file}\n`).join("");
  await writeFile(join(project, "pnpm-workspace.yaml"), `${builds}overrides:\n${overrides}`);
  await run("pnpm", ["install", "--offline"], { cwd: project });
}
