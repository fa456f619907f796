import { spawn } from "node:child_process";
import { lstat, mkdir, mkdtemp, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { extract, type Header } from "tar-stream";
import { FmgError } from "@fmg/core";
import { fetchCommit, type Mirror } from "../mirror.ts";
import { startGitServer, type CommitInput, type GitServer } from "../testing/git-server.ts";
import { runGit } from "../testing/run-git.ts";
import { treeAsTar, type LeftOut, type TreeAsTarInput } from "./tree-as-tar.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

let folder: string;
let server: GitServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-checkout-"));
  server = await startGitServer();
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function mirrorOf(sha: string): Promise<Mirror> {
  const url = server.cloneUrl("octo/repo");
  return fetchCommit({ mirrorsDir: join(folder, "mirrors"), url, sha, signal: AbortSignal.timeout(60_000) });
}

/** Commits, fetches and unpacks with GNU tar; returns the unpacked folder. */
async function checkOut(commit: CommitInput, more: Partial<TreeAsTarInput> = {}): Promise<string> {
  const sha = await server.commit("octo/repo", commit);
  return unpack(await mirrorOf(sha), {
    sha,
    branch: "main",
    originUrl: "https://h/octo/repo",
    prefix: "project",
    ...more,
  });
}

async function unpack(mirror: Mirror, input: TreeAsTarInput): Promise<string> {
  const target = join(folder, "unpacked");
  await mkdir(target);
  const tar = spawn("tar", ["-x", "-C", target], { stdio: ["pipe", "inherit", "inherit"] });
  const exited = new Promise<number | null>((resolve) => tar.once("close", resolve));
  await pipeline(Readable.from(treeAsTar(mirror, input)), tar.stdin);
  expect(await exited).toBe(0);
  return join(target, input.prefix);
}

describe("the working tree", () => {
  test("files, programs, symlinks and deep, long and foreign names arrive as committed", async () => {
    const long = `${"a-long-folder-name/".repeat(12)}file.txt`;
    const longTarget = "x/".repeat(80) + "end";
    const checkout = await checkOut({
      files: {
        "README.md": "# Repo\n",
        "bin/run": { content: "#!/bin/sh\n", mode: "100755" },
        link: { content: "README.md", mode: "120000" },
        "long-link": { content: longTarget, mode: "120000" },
        "empty.txt": "",
        "größe/日本.txt": "utf-8\n",
        [long]: "deep\n",
      },
    });

    expect(await readFile(join(checkout, "README.md"), "utf8")).toBe("# Repo\n");
    expect((await lstat(join(checkout, "bin/run"))).mode & 0o777).toBe(0o755);
    expect(await readlink(join(checkout, "link"))).toBe("README.md");
    expect(await readlink(join(checkout, "long-link"))).toBe(longTarget);
    expect(await readFile(join(checkout, "empty.txt"), "utf8")).toBe("");
    expect(await readFile(join(checkout, "größe/日本.txt"), "utf8")).toBe("utf-8\n");
    expect(await readFile(join(checkout, long), "utf8")).toBe("deep\n");
    expect(await runGit(checkout, ["status", "--porcelain"])).toBe("");
  });

  test("every byte is right when the pack holds deltas and large files", async () => {
    const base = Array.from({ length: 4000 }, (_, i) => `line ${i} ${Math.sin(i)}`);
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `v${i}.txt`,
        base.toSpliced(i * 50, 3, `changed ${i}`).join("\n"),
      ]),
    );
    await server.commit("octo/repo", { files });
    await runGit(server.folder("octo/repo"), ["repack", "-adfq", "--depth=50", "--window=50"]);

    const checkout = await checkOut({
      files: { ...files, "big.bin": { content: Buffer.alloc(3_000_001, 7) } },
    });

    const written = await Promise.all(
      Object.keys(files).map((name) => readFile(join(checkout, name), "utf8")),
    );
    expect(written).toEqual(Object.values(files));
    expect((await readFile(join(checkout, "big.bin"))).equals(Buffer.alloc(3_000_001, 7))).toBe(true);
  });

  test("a submodule is an empty folder", async () => {
    const first = await server.commit("octo/repo", { files: { a: "a" } });
    const bare = server.folder("octo/repo");
    const tree = await runGit(bare, ["mktree"], {
      input: `100644 blob ${(await runGit(bare, ["rev-parse", `${first}:a`])).trim()}\ta\n160000 commit ${first}\tvendor\n`,
    });
    const sha = await commitOfTree(tree.trim());

    const checkout = await unpack(await mirrorOf(sha), {
      sha,
      branch: "main",
      originUrl: "https://h/r",
      prefix: "p",
    });

    expect((await lstat(join(checkout, "vendor"))).isDirectory()).toBe(true);
    expect(await runGit(checkout, ["status", "--porcelain"])).toBe("");
  });

  test("with submodules is whole, theirs too: each a clean repository at its commit, from its own server only", async () => {
    const deep = await server.commit("octo/deep", { files: { deep: "deep" } });
    const lib = await commitWith("octo/lib", { "in/deep": ["../deep.git", deep] }, { file: "lib" });
    const elsewhere = ["https://elsewhere.example/x.git", deep] as const;
    const sha = await commitWith("octo/repo", { lib: ["../lib.git", lib], elsewhere }, { file: "top" });
    await server.commit("octo/lib", { files: { file: "newer" } });
    const asked: string[] = [];
    const told: LeftOut[] = [];
    const mirrorsDir = join(folder, "mirrors");

    const checkout = await unpack(await mirrorOf(sha), {
      sha,
      branch: "main",
      originUrl: server.cloneUrl("octo/repo"),
      prefix: "project",
      fetchSubmodule(url, commit) {
        asked.push(url);
        return fetchCommit({ mirrorsDir, url, sha: commit, signal: AbortSignal.timeout(30_000) });
      },
      onTree: (left) => told.push(left),
    });

    expect(await readFile(join(checkout, "lib/file"), "utf8")).toBe("lib");
    expect(await readFile(join(checkout, "lib/in/deep/deep"), "utf8")).toBe("deep");
    expect(asked).toEqual([server.cloneUrl("octo/lib"), server.cloneUrl("octo/deep")]);
    for (const at of [".", "lib", "lib/in/deep"]) {
      expect(await runGit(join(checkout, at), ["status", "--porcelain"])).toBe("");
      expect(await runGit(join(checkout, at), ["fsck", "--full", "--strict"])).toBe("");
    }
    expect(await runGit(checkout, ["submodule", "status"])).toContain(` ${lib} lib`);
    expect(await runGit(join(checkout, "lib"), ["remote", "get-url", "origin"])).toBe(`${asked[0]}\n`);
    expect(told).toEqual([
      {
        submodules: 1,
        lfsPointers: 0,
        notes: [
          expect.stringMatching(
            /^Submodule elsewhere stays an empty folder: its URL is not on 127\.0\.0\.1:/,
          ),
          `Submodule lib: ${asked[0]} at ${lib.slice(0, 7)}`,
          `Submodule in/deep: ${asked[1]} at ${deep.slice(0, 7)}`,
        ],
      },
    ]);
  });

  test("submodules in submodules come to an end, and one that cannot be fetched is named", async () => {
    let sha = await server.commit("octo/repo", { files: { a: "a" } });
    for (let i = 0; i < 6; i += 1) sha = await commitWith("octo/repo", { again: ["../repo.git", sha] }, {});
    const mirror = await mirrorOf(sha);
    const input = { sha, originUrl: server.cloneUrl("octo/repo"), prefix: "p" };
    const told: LeftOut[] = [];
    const gone = (): Promise<never> => Promise.reject(new FmgError("clone_failed", "HTTP 404."));

    const failed = buffer(treeAsTar(mirror, { ...input, fetchSubmodule: gone }));
    await expect(failed).rejects.toMatchObject({
      code: "clone_failed",
      message: "The submodule again could not be fetched. HTTP 404.",
    });
    const fetchSubmodule = (_url: string, commit: string): Promise<Mirror> => mirrorOf(commit);
    await buffer(treeAsTar(mirror, { ...input, fetchSubmodule, onTree: (left) => told.push(left) }));

    expect(told[0]?.notes).toHaveLength(6);
    expect(told[0]?.notes.at(-1)).toBe("Submodule again stays an empty folder: it lies in 5 others.");
  });

  test("submodules and files in Git LFS are counted, for people wonder about them", async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 5\n`;
    const left: LeftOut[] = [];

    await checkOut(
      { files: { "a.bin": pointer, "b.bin": pointer, c: "c" } },
      { onTree: (told) => left.push(told) },
    );

    expect(left).toEqual([{ submodules: 0, lfsPointers: 2, notes: [] }]);
  });

  test("files belong to the wanted user, and the same commit gives the same bytes", async () => {
    const sha = await server.commit("octo/repo", { files: { "a/b": "b\n" } });
    const mirror = await mirrorOf(sha);
    const input = { sha, branch: "main", originUrl: "https://h/r", prefix: "", uid: 3_000_000, gid: 1000 };

    const [one, two] = [await buffer(treeAsTar(mirror, input)), await buffer(treeAsTar(mirror, input))];

    expect(one.equals(two)).toBe(true);
    const members = await headers(one);
    expect(members.find(({ name }) => name === "a/b")).toMatchObject({
      uid: 3_000_000,
      gid: 1000,
      mode: 0o644,
    });
  });
});

describe("the repository in it", () => {
  test("git status, log, fsck, branch and remote work as after a shallow clone, without a credential (R-CO-4, R-CO-6)", async () => {
    await server.commit("octo/repo", { files: { a: "1" }, branch: "feature/login" });
    const checkout = await checkOut(
      { files: { a: "2", "b/c": "3" }, branch: "feature/login", message: "Second" },
      { branch: "feature/login", originUrl: "https://user:s3cret@github.com/octo/repo.git" },
    );

    expect(await runGit(checkout, ["status", "--porcelain", "--branch"])).toBe(
      "## feature/login...origin/feature/login\n",
    );
    expect(await runGit(checkout, ["log", "--format=%s"])).toBe("Second\n");
    expect(await runGit(checkout, ["fsck", "--full", "--strict"])).toBe("");
    expect(await runGit(checkout, ["rev-parse", "--is-shallow-repository"])).toBe("true\n");
    expect(await runGit(checkout, ["remote", "get-url", "origin"])).toBe(
      "https://github.com/octo/repo.git\n",
    );
    expect(await readFile(join(checkout, ".git/config"), "utf8")).not.toContain("s3cret");
  });

  test.each([
    [2, ["fourth", "third"], "true\n", "v2-1-g"],
    [3, ["fourth", "third", "second"], "true\n", "v2-1-g"],
    [0, ["fourth", "third", "second", "first"], "false\n", "v2-1-g"],
  ])(
    "git log and git describe see as much of the history as was asked for: %s (R-CO-3, R-CO-5)",
    async (depth, subjects, isShallow, described) => {
      const tagged = { annotated: "v2" };
      for (const message of ["first", "second"])
        await server.commit("octo/repo", { files: { [message]: "1" }, message });
      await server.commit("octo/repo", { files: { third: "1" }, message: "third", tag: tagged });
      const sha = await server.commit("octo/repo", { files: { third: "2" }, message: "fourth" });
      const url = server.cloneUrl("octo/repo");
      const signal = AbortSignal.timeout(60_000);
      const mirror = await fetchCommit({ mirrorsDir: join(folder, "mirrors"), url, sha, depth, signal });

      const checkout = await unpack(mirror, {
        sha,
        branch: "main",
        originUrl: url,
        prefix: "project",
        depth,
      });

      expect(await runGit(checkout, ["log", "--format=%s"])).toBe(`${subjects.join("\n")}\n`);
      expect(await runGit(checkout, ["describe"])).toContain(described);
      expect(await runGit(checkout, ["rev-parse", "--is-shallow-repository"])).toBe(isShallow);
      expect(await runGit(checkout, ["status", "--porcelain"])).toBe("");
      expect(await runGit(checkout, ["fsck", "--full", "--strict"])).toBe("");
    },
  );

  test("git status reads no file: the index knows each by size and time", async () => {
    const checkout = await checkOut({ files: { a: "1", "b/c": "3" } });

    const trace = await runGit(checkout, ["diff-files", "--raw"]);

    expect(trace).toBe("");
    expect(await runGit(checkout, ["ls-files", "--debug"])).toContain("size: 1");
  });

  test("a change in the checkout is seen", async () => {
    const checkout = await checkOut({ files: { a: "1" } });
    await rm(join(checkout, "a"));

    expect(await runGit(checkout, ["status", "--porcelain"])).toBe(" D a\n");
  });

  test("a tag is checked out detached, with the tag on it (R-CO-4)", async () => {
    const sha = await server.commit("octo/repo", { files: { a: "1" }, tag: "v1.0" });
    const input = { sha, tag: "v1.0", originUrl: "https://h/r", prefix: "" };
    const checkout = await unpack(await mirrorOf(sha), input);

    expect(await runGit(checkout, ["describe", "--tags"])).toBe("v1.0\n");
    await expect(runGit(checkout, ["symbolic-ref", "-q", "HEAD"])).rejects.toThrow("exited with 1");
    expect(await runGit(checkout, ["status", "--porcelain"])).toBe("");
  });

  test("a branch whose name would write elsewhere is refused", async () => {
    const sha = await server.commit("octo/repo", { files: { a: "1" } });
    const input = { sha, branch: "../../x\n[core]", originUrl: "https://h/r", prefix: "" };

    await expect(buffer(treeAsTar(await mirrorOf(sha), input))).rejects.toMatchObject({
      code: "clone_failed",
    });
  });
});

// SEC-12; the names are in tree.test.ts
describe("an unsafe tree is refused", () => {
  test("with a file named .GIT", async () => {
    const sha = await commitOfTree(await rawTree([{ mode: "100644", name: ".GIT" }]));

    const tar = buffer(treeAsTar(await mirrorOf(sha), { sha, originUrl: "https://h/r", prefix: "p" }));

    await expect(tar).rejects.toMatchObject({
      code: "clone_failed",
      message: expect.stringContaining("not safe to check out"),
    });
  });

  test("a small pack that unfolds to more files than any repository has", async () => {
    let tree = await rawTree(Array.from({ length: 10 }, (_, i) => ({ mode: "120000", name: `f${i}` })));
    for (let depth = 0; depth < 8; depth += 1) {
      const oid = tree;
      tree = await rawTree(Array.from({ length: 10 }, (_, i) => ({ mode: "40000", name: `d${i}`, oid })));
    }
    const sha = await commitOfTree(tree);

    const tar = buffer(treeAsTar(await mirrorOf(sha), { sha, originUrl: "https://h/r", prefix: "p" }));

    await expect(tar).rejects.toMatchObject({ message: expect.stringContaining("more than 1000000 files") });
  });
});

/** A tree object as the bytes say, past git's own checks; entries without `oid` are a small blob. */
async function rawTree(entries: readonly { mode: string; name: string; oid?: string }[]): Promise<string> {
  await server.commit("octo/repo", { files: { seed: "x" } });
  const bare = server.folder("octo/repo");
  const blob = (await runGit(bare, ["rev-parse", "main:seed"])).trim();
  const parts = entries.flatMap(({ mode, name, oid = blob }) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(oid, "hex"),
  ]);
  const args = ["hash-object", "-t", "tree", "-w", "--stdin", "--literally"];
  return (await runGit(bare, args, { input: Buffer.concat(parts) })).trim();
}

/** A commit with submodules: the URL and the commit of each, by its path. */
async function commitWith(
  repository: string,
  submodules: Readonly<Record<string, readonly [url: string, sha: string]>>,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const gitmodules = Object.entries(submodules)
    .map(([path, [url]]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`)
    .join("");
  await server.commit(repository, { files: { ...files, ".gitmodules": gitmodules } });
  const bare = server.folder(repository);
  const links = Object.entries(submodules).map(([path, [, sha]]) => `160000 ${sha}\t${path}\n`);
  const env = { GIT_INDEX_FILE: join(folder, "index-of-submodules") };
  await runGit(bare, ["read-tree", "main"], { env });
  await runGit(bare, ["update-index", "--index-info"], { env, input: links.join("") });
  return commitOfTree((await runGit(bare, ["write-tree"], { env })).trim(), repository);
}

async function commitOfTree(tree: string, repository = "octo/repo"): Promise<string> {
  const person = "Octo Cat <octo@example.com> 1700000000 +0000";
  const text = `tree ${tree}\nauthor ${person}\ncommitter ${person}\n\nA commit\n`;
  const args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
  return (await runGit(server.folder(repository), args, { input: text })).trim();
}

async function headers(tar: Buffer): Promise<Header[]> {
  const found: Header[] = [];
  const reader = extract();
  reader.on("entry", (header, stream, next) => {
    found.push(header);
    stream.on("end", next);
    stream.resume();
  });
  await pipeline(Readable.from([tar]), reader);
  return found;
}
