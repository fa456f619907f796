import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { spawn } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { runGit } from "../testing/run-git.ts";
import { openWorkingCopy, type WorkingCopy } from "./open-working-copy.ts";

let folder: string;
let root: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-working-copy-"));
  root = join(folder, "root");
  await mkdir(root);
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

async function open(): Promise<WorkingCopy> {
  const scratch = await mkdtemp(join(folder, "scratch-"));
  return openWorkingCopy({ root, scratch, signal: new AbortController().signal });
}

/** Unpacks the copy as a container does, and returns the folder. */
async function unpack(copy: WorkingCopy, depth = 1): Promise<string> {
  const target = await mkdtemp(join(folder, "target-"));
  const tar = spawn("tar", ["-x", "-C", target], { stdio: ["pipe", "inherit", "inherit"] });
  const owner = { uid: process.getuid!(), gid: process.getgid!() };
  await pipeline(
    copy.asTar({ depth, prefix: "", ...owner, branch: "feature/x", originUrl: "https://git.test/o/r.git" }),
    tar.stdin,
  );
  await new Promise((resolve) => tar.once("close", resolve));
  return target;
}

const commit = async (message: string): Promise<string> => {
  await runGit(root, ["add", "-A"]);
  await runGit(root, ["-c", "user.name=ada", "-c", "user.email=a@b", "commit", "-qm", message]);
  return (await runGit(root, ["rev-parse", "HEAD"])).trim();
};

describe("of a repository", () => {
  beforeEach(async () => {
    await runGit(root, ["init", "-q", "-b", "main"]);
    await write({
      "kept.txt": "kept\n",
      "sub/changed.txt": "old\n",
      "gone.txt": "gone\n",
      ".gitignore": "*.log\n",
    });
  });

  test("where nothing differs it is the checked out commit, and the container's git says so", async () => {
    const head = await commit("First");
    const copy = await open();
    expect(copy).toMatchObject({ sha: head, head, subject: "First" });
    const there = await unpack(copy);
    expect(await runGit(there, ["status", "--porcelain"])).toBe("");
    expect((await runGit(there, ["rev-parse", "HEAD"])).trim()).toBe(head);
    expect((await runGit(there, ["branch", "--show-current"])).trim()).toBe("feature/x");
  });

  test("uncommitted changes and untracked files come along, ignored and deleted ones do not, in a commit on top", async () => {
    const head = await commit("First");
    await write({ "sub/changed.txt": "new\n", "untracked.txt": "u\n", "noise.log": "x" });
    await rm(join(root, "gone.txt"));
    await chmod(join(root, "kept.txt"), 0o755);
    await symlink("kept.txt", join(root, "link"));
    const before = await runGit(root, ["status", "--porcelain"]);
    const objects = await runGit(root, ["count-objects", "-v"]);

    const copy = await open();
    const there = await unpack(copy);
    expect((await readdir(there)).sort()).toEqual([
      ".git",
      ".gitignore",
      "kept.txt",
      "link",
      "sub",
      "untracked.txt",
    ]);
    expect(await readFile(join(there, "sub/changed.txt"), "utf8")).toBe("new\n");
    expect(await runGit(there, ["status", "--porcelain"])).toBe("");
    expect(copy.head).toBe(head);
    expect(copy.sha).not.toBe(head);
    expect((await runGit(there, ["log", "-1", "--format=%H %P"])).trim()).toContain(copy.sha);
    // The user's own repository was only read.
    expect(await runGit(root, ["status", "--porcelain"])).toBe(before);
    expect(await runGit(root, ["count-objects", "-v"])).toBe(objects);
    expect((await open()).sha).toBe(copy.sha);
  });

  test("the whole history comes along where it is asked for", async () => {
    const first = await commit("First");
    await write({ "kept.txt": "again\n" });
    const second = await commit("Second");
    await write({ "kept.txt": "not committed\n" });
    const copy = await open();
    const there = await unpack(copy, 0);
    expect((await runGit(there, ["log", "--format=%H"])).trim().split("\n")).toEqual([
      copy.sha,
      second,
      first,
    ]);
    expect((await runGit(await unpack(copy), ["log", "--format=%H"])).trim()).toBe(copy.sha);
  });

  test("one without a commit is taken as well, and so is one of a linked worktree", async () => {
    const there = await unpack(await open());
    expect(await readFile(join(there, "kept.txt"), "utf8")).toBe("kept\n");
    await commit("First");
    await runGit(root, ["worktree", "add", "-q", join(folder, "linked")]);
    root = join(folder, "linked");
    await write({ "only-here.txt": "x" });
    expect(await readdir(await unpack(await open()))).toContain("only-here.txt");
  });

  test("a hook's variables lead nowhere else", async () => {
    await commit("First");
    await write({ "untracked.txt": "u" });
    const module = new URL("./open-working-copy.ts", import.meta.url).href;
    const script = `const { openWorkingCopy } = await import(${JSON.stringify(module)});
      const { sha } = await openWorkingCopy({ root: ${JSON.stringify(root)},
        scratch: ${JSON.stringify(await mkdtemp(join(folder, "scratch-")))}, signal: new AbortController().signal });
      process.stdout.write(sha);`;
    const args = ["--conditions=@fmg/source", "--no-warnings", "--input-type=module", "-e", script];
    const env = { ...process.env, GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere/index" };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    expect(stdout).toBe((await open()).sha);
  });
});

describe("of a folder that is in no repository", () => {
  /** The revision as a process has it that finds no git. */
  async function shaWithoutGit(): Promise<string> {
    const module = new URL("./open-working-copy.ts", import.meta.url).href;
    const input = { root, scratch: await mkdtemp(join(folder, "scratch-")) };
    const script = `const { openWorkingCopy } = await import(${JSON.stringify(module)});
      const { signal } = new AbortController();
      const copy = await openWorkingCopy({ ...${JSON.stringify(input)}, signal });
      let bytes = 0;
      const tar = copy.asTar({ depth: 1, prefix: "", uid: 0, gid: 0, originUrl: "" });
      for await (const chunk of tar) bytes += chunk.length;
      process.stdout.write(bytes > 0 ? copy.sha : "nothing");`;
    const args = ["--conditions=@fmg/source", "--no-warnings", "--input-type=module", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { PATH: "/nowhere" } });
    return stdout;
  }

  test("all files come along but ignored ones, with a .git that is clean; without a git it is the same commit", async () => {
    await write({
      "a.txt": "a\n",
      "sub/b.txt": "b\n",
      ".gitignore": "*.log\n",
      "noise.log": "x",
      "out/c.txt": "c",
    });
    await write({ "out/.gitignore": "*\n" });
    await symlink("a.txt", join(root, "link"));
    await chmod(join(root, "a.txt"), 0o755);
    const copy = await open();
    expect(copy.head).toBeUndefined();
    const there = await unpack(copy);
    expect((await readdir(there)).sort()).toEqual([".git", ".gitignore", "a.txt", "link", "sub"]);
    expect(await runGit(there, ["status", "--porcelain"])).toBe("");
    expect(await shaWithoutGit()).toBe(copy.sha);
    expect(await readdir(root)).not.toContain(".git");
  });

  test("one without files is empty", async () => {
    expect(await readdir(await unpack(await open()))).toEqual([".git"]);
    expect(await shaWithoutGit()).toBe((await open()).sha);
  });
});
