import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { startGitServer, type GitServer } from "./git-server.ts";
import { runGit } from "./run-git.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

let folder: string;
let server: GitServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-git-server-"));
  server = await startGitServer();
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test("native git clones what was committed, branch by branch, with its history", async () => {
  await server.commit("octo/repo", { files: { a: "1", gone: "x" }, message: "First" });
  const sha = await server.commit("octo/repo", { files: { a: "2" }, message: "Second", tag: "v1" });
  await server.commit("octo/repo", { files: { b: "3" }, branch: "other", message: "Elsewhere" });

  await runGit(folder, ["clone", "-q", server.cloneUrl("octo/repo"), "clone"]);

  const clone = join(folder, "clone");
  expect(await runGit(clone, ["log", "--format=%s"])).toBe("Second\nFirst\n");
  expect((await runGit(clone, ["rev-parse", "v1"])).trim()).toBe(sha);
  expect(await runGit(clone, ["ls-tree", "--name-only", "HEAD"])).toBe("a\n");
  expect(await runGit(clone, ["log", "--format=%s", "origin/other"])).toBe("Elsewhere\n");
});

test("a folder is committed with its programs and symlinks", async () => {
  const source = join(folder, "source");
  await mkdir(join(source, "bin"), { recursive: true });
  await writeFile(join(source, "bin/run"), "#!/bin/sh\n");
  await chmod(join(source, "bin/run"), 0o755);
  await symlink("bin/run", join(source, "link"));
  await server.commit("octo/repo", { files: { folder: source } });

  await runGit(folder, ["clone", "-q", server.cloneUrl("octo/repo"), "clone"]);

  expect((await lstat(join(folder, "clone/bin/run"))).mode & 0o111).toBe(0o111);
  expect((await lstat(join(folder, "clone/link"))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, "clone/link"), "utf8")).toBe("#!/bin/sh\n");
});

test("with a token asked for, a clone without it fails and one with it works", async () => {
  await server.commit("octo/repo", { files: { a: "1" } });
  server.requireToken("s3cret");

  await expect(runGit(folder, ["clone", "-q", server.cloneUrl("octo/repo"), "no"])).rejects.toThrow(
    "could not read",
  );
  const url = server.cloneUrl("octo/repo").replace("http://", "http://x-access-token:s3cret@");
  await runGit(folder, ["clone", "-q", url, "yes"]);
});
