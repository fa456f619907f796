import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { compareArrows, undeclaredImports } from "./arrows.ts";
import { repoRoot } from "./repo-root.ts";

test("the packages depend on one another only as docs/architecture.md says", async () => {
  expect(await compareArrows(repoRoot)).toEqual([]);
});

test("no source imports a package that its package.json does not declare", async () => {
  expect(await undeclaredImports(repoRoot)).toEqual([]);
});

// A wall that lets a planted violation through checks nothing.
describe("a violation is caught", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "fmg-arrows-"));
    await plant({
      "docs/architecture.md": [
        "| package | owns | may import of `@fmg/*` |",
        "| --- | --- | --- |",
        "| `core` | the ground | nothing |",
        "| `db` | rows | core |",
        "| `testkit` | all | any |",
        "| `api` (app) | routes | core, db |",
        "",
        "| another table | that | says nothing of arrows |",
      ].join("\n"),
      "packages/core/package.json": manifest({}),
      "packages/db/package.json": manifest({ dependencies: ["core"] }),
      "packages/db/src/index.ts": `import { a } from "@fmg/core";`,
      "packages/testkit/package.json": manifest({ dependencies: ["core", "db"] }),
      "apps/api/package.json": manifest({ dependencies: ["db"], devDependencies: ["testkit"] }),
      "apps/api/src/main.test.ts": `import { startStack } from "@fmg/testkit";`,
      "apps/api/src/testing/start.ts": `import { startStack } from "@fmg/testkit";`,
    });
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  async function plant(files: Record<string, string>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  }

  function manifest(groups: Record<string, string[]>): string {
    const named = Object.entries(groups).map(([group, names]) => [
      group,
      Object.fromEntries(names.map((name) => [`@fmg/${name}`, "workspace:*"])),
    ]);
    return JSON.stringify(Object.fromEntries(named));
  }

  test("and without one nothing is", async () => {
    expect([...(await compareArrows(root)), ...(await undeclaredImports(root))]).toEqual([]);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      "a dependency that the table does not allow",
      { "packages/core/package.json": manifest({ dependencies: ["db"] }) },
      "core depends on db, which the table does not allow",
    ],
    [
      "a dependency on an app, which even `any` does not allow",
      { "packages/testkit/package.json": manifest({ dependencies: ["api"] }) },
      "testkit depends on api, which the table does not allow",
    ],
    [
      "a dependency of the tests that the table does not allow",
      { "packages/core/package.json": manifest({ devDependencies: ["db"] }) },
      "core depends on db for its tests, which the table does not allow",
    ],
    [
      "a package that the table does not know",
      { "packages/extra/package.json": manifest({}) },
      "extra does not stand in the table",
    ],
  ])("%s", async (_, files, sentence) => {
    await plant(files);

    expect(await compareArrows(root)).toEqual([sentence]);
  });

  test("a row of the table without a package", async () => {
    await rm(join(root, "apps/api"), { recursive: true });

    expect(await compareArrows(root)).toEqual(["api stands in the table, but is no package"]);
  });

  // In pieces: this file is a source too, and the testkit declares no such package.
  const other = ["@fmg", "db"].join("/");

  test.each([
    [`import type { Db } from "${other}";`, "a type"],
    [`export { a } from '${other}/testing';`, "a door of another package"],
    [`const db = await import("${other}");`, "a dynamic import"],
    [`import "${other}";`, "an import for its effect"],
  ])("an undeclared import in a source file: %s", async (source) => {
    await plant({ "packages/core/src/deep/a.ts": source });

    expect(await undeclaredImports(root)).toEqual([
      "packages/core/src/deep/a.ts imports @fmg/db, which core's package.json does not declare",
    ]);
  });

  test("a package's testing door that imports what the package does not declare", async () => {
    await plant({ "packages/db/src/testing/index.ts": `import { startStack } from "@fmg/testkit";` });

    expect(await undeclaredImports(root)).toHaveLength(1);
  });

  test("a source that imports what only the tests may", async () => {
    await plant({ "apps/api/src/main.ts": `import { startStack } from "@fmg/testkit";` });

    expect(await undeclaredImports(root)).toHaveLength(1);
  });
});
