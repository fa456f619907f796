import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/*
 * The arrows between packages: what docs/architecture.md allows, what the package.json files say, and what the sources
 * import. `arrows.test.ts` holds the three together.
 */

interface Package {
  readonly name: string;
  readonly folder: string;
  readonly kind: "package" | "app";
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

/** What each package or app may import, by its short name; "any" means every package. */
export type ArrowTable = ReadonlyMap<string, readonly string[] | "any">;

/** Reads the table whose last column is "may import …"; an app's row is marked with "(app)". */
export function readArrowTable(markdown: string): ArrowTable {
  const rows = markdown.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const start = rows.findIndex((cells) => cells.some((cell) => cell.startsWith("may import")));
  if (start < 0) throw new Error('no table has a column "may import"');
  const table = new Map<string, readonly string[] | "any">();
  for (const [, subject = "", , allowed = ""] of rows.slice(start + 2)) {
    const name = /`([\w-]+)`/.exec(subject)?.[1];
    if (name === undefined) break;
    table.set(name, readAllowed(allowed));
  }
  return table;
}

function readAllowed(cell: string): readonly string[] | "any" {
  if (cell === "any") return "any";
  if (cell === "nothing") return [];
  return cell.split(",").map((name) => name.trim().replaceAll("`", ""));
}

/** Compares the table in `docs/architecture.md` below `root` with the package.json files; returns what differs. */
export async function compareArrows(root: string): Promise<string[]> {
  const table = readArrowTable(await readFile(join(root, "docs", "architecture.md"), "utf8"));
  const packages = await readPackages(root);
  const apps = packages.filter(({ kind }) => kind === "app").map(({ name }) => name);
  const unknown = [...table.keys()].filter((name) => !packages.some((found) => found.name === name));
  return [
    ...unknown.map((name) => `${name} stands in the table, but is no package`),
    ...packages.flatMap((found) => differences(found, table.get(found.name), apps)),
  ];
}

function differences(
  found: Package,
  allowed: readonly string[] | "any" | undefined,
  apps: readonly string[],
): string[] {
  if (allowed === undefined) return [`${found.name} does not stand in the table`];
  const refused = (name: string): boolean =>
    apps.includes(name) || (allowed !== "any" && !allowed.includes(name));
  return [
    ...found.dependencies
      .filter(refused)
      .map((name) => `${found.name} depends on ${name}, which the table does not allow`),
    ...found.devDependencies
      .filter((name) => name !== "testkit" && refused(name))
      .map((name) => `${found.name} depends on ${name} for its tests, which the table does not allow`),
  ];
}

/** Finds imports of `@fmg/*` that a package's own package.json does not declare; returns one sentence for each. */
export async function undeclaredImports(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const own of await readPackages(root)) {
    for (const file of await sourcesOf(own.folder)) {
      const declared = isForTests(own, relative(own.folder, file))
        ? [...own.dependencies, ...own.devDependencies]
        : own.dependencies;
      for (const name of importedPackages(await readFile(file, "utf8"))) {
        if (name === own.name || declared.includes(name)) continue;
        found.push(
          `${relative(root, file)} imports @fmg/${name}, which ${own.name}'s package.json does not declare`,
        );
      }
    }
  }
  return found;
}

/** A package's src/testing is one of its public doors, so what it imports counts; an app's is for its own tests. */
function isForTests(own: Package, file: string): boolean {
  if (file.endsWith(".test.ts") || file.startsWith("test/")) return true;
  return own.kind === "app" && file.startsWith("src/testing/");
}

function importedPackages(source: string): Set<string> {
  const imports = source.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*["']@fmg\/([\w-]+)/g);
  return new Set(Array.from(imports, ([, name]) => name!));
}

async function sourcesOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!["node_modules", "dist", "cases"].includes(entry.name)) files.push(...(await sourcesOf(path)));
    } else if (/\.[cm]?[jt]sx?$/.test(entry.name)) files.push(path);
  }
  return files;
}

async function readPackages(root: string): Promise<Package[]> {
  const found: Package[] = [];
  for (const [place, kind] of [
    ["packages", "package"],
    ["apps", "app"],
  ] as const) {
    for (const name of await readdir(join(root, place))) {
      const folder = join(root, place, name);
      if (!existsSync(join(folder, "package.json"))) continue;
      const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
      found.push({
        name,
        folder,
        kind,
        dependencies: ourNames(
          manifest.dependencies,
          manifest.peerDependencies,
          manifest.optionalDependencies,
        ),
        devDependencies: ourNames(manifest.devDependencies),
      });
    }
  }
  return found;
}

type Versions = Readonly<Record<string, string>> | undefined;

interface Manifest {
  readonly dependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly devDependencies?: Versions;
}

function ourNames(...groups: readonly Versions[]): string[] {
  const names = groups.flatMap((group) => Object.keys(group ?? {}));
  return names.filter((name) => name.startsWith("@fmg/")).map((name) => name.slice("@fmg/".length));
}
