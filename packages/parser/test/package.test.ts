import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

// Two packages are built by the real compiler and packed.
jest.setTimeout(180_000);

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const tool = (name: string) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));

let folder: string;
const packed = new Map<string, string>();

beforeAll(async () => {
  // A copy: a build in the checkout would make whatever runs later use it instead of the sources.
  folder = await mkdtemp(join(tmpdir(), "fmg-package-"));
  for (const file of ["tsconfig.base.json", "pnpm-workspace.yaml"])
    await cp(join(root, file), join(folder, file));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  for (const name of ["core", "parser"]) {
    await cp(join(root, "packages", name), join(folder, "packages", name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !source.endsWith("/dist"),
    });
  }
  await run(join(root, "node_modules/.bin/tsc"), ["-b", "packages/parser/tsconfig.build.json"], {
    cwd: folder,
  });
  for (const name of ["core", "parser"]) packed.set(name, await pack(name));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Packs as `pnpm publish` would: workspace and catalog references become versions. */
async function pack(name: string): Promise<string> {
  const tarball = join(folder, `${name}.tgz`);
  await run("pnpm", ["pack", "--out", tarball], { cwd: join(folder, "packages", name) });
  return tarball;
}

const doors = 2;

describe.each(["core", "parser"])("the tarball of @fmg/%s", (name) => {
  test("has what publint asks for", async () => {
    const tarball = packed.get(name)!;
    const bytes = await readFile(tarball);
    const result = await publint({
      strict: true,
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    });
    expect(result.messages.map((message) => formatMessage(message, result.pkg))).toEqual([]);
  });

  test("has the right types under every door", async () => {
    const tarball = packed.get(name)!;
    const { stdout } = await run(tool("attw"), [
      tarball,
      "--profile",
      "esm-only",
      "--format",
      "ascii",
      "--no-color",
    ]);
    // Not its exit code alone: of a package that has no types at all it finds no fault.
    for (const resolution of ["node16 (from ESM): 🟢 (ESM)", "bundler: 🟢"]) {
      expect(stdout.split(resolution)).toHaveLength(1 + doors);
    }
  });

  test("holds neither sources nor tests", async () => {
    const { stdout } = await run("tar", ["-tzf", packed.get(name)!]);
    const files = stdout.trim().split("\n");
    expect(files).toContain("package/dist/index.js");
    expect(files.filter((file) => /\/src\/|\.test\./.test(file))).toEqual([]);
  });
});
