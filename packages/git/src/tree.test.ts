import { describe, expect, test } from "@jest/globals";
import type { GitObject, Pack } from "./pack/open-pack.ts";
import { readCommit, readTree } from "./tree.ts";

const oid = "1".repeat(40);

function packOf(...objects: readonly (readonly [string, GitObject])[]): Pack {
  const byOid = new Map(objects);
  return {
    read: (name) => byOid.get(name)!,
    has: (name) => objects.some(([oid]) => oid === name),
    tagObjects: () => [],
    [Symbol.dispose]: () => undefined,
  };
}

function treeOf(...entries: readonly (readonly [mode: string, name: string | Buffer])[]): Pack {
  const parts = entries.flatMap(([mode, name]) => [
    Buffer.from(`${mode} `),
    Buffer.from(name),
    Buffer.alloc(1),
    Buffer.from(oid, "hex"),
  ]);
  return packOf([oid, { kind: "tree", data: Buffer.concat(parts) }]);
}

// SEC-12
describe("a name that could write outside a checkout is refused", () => {
  test.each([
    "..",
    ".",
    "",
    "a/b",
    ".git",
    ".GIT",
    "git~1",
    "GIT~1",
    ".git ",
    ".git...",
    ".git::$INDEX_ALLOCATION",
    ".g\u200cit",
    "\ufeff.git",
  ])("%j", (name) => {
    expect(() => readTree(treeOf(["100644", "harmless"], ["100644", name]), oid)).toThrow("a file is named");
  });

  test.each([".gitignore", ".gitmodules", "git", "..a", "a..", ".github", "git~2", "a\\b", "-rf", "con"])(
    "while %j is fine",
    (name) => {
      expect(readTree(treeOf(["100644", name]), oid)).toMatchObject([{ name, kind: "file" }]);
    },
  );

  test("a name that is not UTF-8 is kept byte by byte", () => {
    const [entry] = readTree(treeOf(["100755", Buffer.from([0xff, 0x41, 0xe4])]), oid);

    expect(Buffer.from(entry!.name, "latin1")).toEqual(Buffer.from([0xff, 0x41, 0xe4]));
  });
});

describe("a tree that git would not make is refused", () => {
  test("a symlink and a folder of the same name, through which files would go elsewhere", () => {
    expect(() => readTree(treeOf(["120000", "a"], ["40000", "a"]), oid)).toThrow("stands twice");
  });

  test("a mode that is no file's", () => {
    expect(() => readTree(treeOf(["060000", "device"]), oid)).toThrow("unknown mode 060000");
  });

  test("a tree that is cut off", () => {
    const data = Buffer.from("100644 a\0short");

    expect(() => readTree(packOf([oid, { kind: "tree", data }]), oid)).toThrow("damaged");
  });

  test("a file where a tree should be", () => {
    expect(() => readTree(packOf([oid, { kind: "blob", data: Buffer.alloc(0) }]), oid)).toThrow("not a tree");
  });
});

describe("a commit", () => {
  const tree = "2".repeat(40);
  const commit = (header: string): GitObject => ({
    kind: "commit",
    data: Buffer.from(`tree ${tree}\n${header}committer A <a@h> 1700000000 +0200\n\nparent of all\n`),
  });

  test("is read without being fooled by its message", () => {
    expect(readCommit(packOf([oid, commit("author A <a@h> 1 +0000\n")]), oid)).toEqual({
      sha: oid,
      tree,
      parents: [],
      committedAt: 1_700_000_000,
    });
    expect(readCommit(packOf([oid, commit(`parent ${oid}\n`)]), oid).parents).toEqual([oid]);
  });

  test("behind a tag that points at itself is no commit", () => {
    const data = Buffer.from(`object ${oid}\ntype tag\n`);

    expect(() => readCommit(packOf([oid, { kind: "tag", data }]), oid)).toThrow("is not a commit");
  });
});
