import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { fetchCommit, packFiles, type Mirror } from "./mirror.ts";
import { readBlob } from "./read-blob.ts";
import { startGitServer, type GitServer } from "./testing/git-server.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

let folder: string;
let server: GitServer;
let mirror: Mirror;
let sha: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-read-blob-"));
  server = await startGitServer();
  sha = await server.commit("octo/repo", {
    files: {
      ".circleci/config.yml": "version: 2.1\n",
      link: { content: "/etc/passwd", mode: "120000" },
      "linked-folder": { content: ".circleci", mode: "120000" },
      "bin/tool": { content: "#!/bin/sh\n", mode: "100755" },
    },
  });
  const url = server.cloneUrl("octo/repo");
  mirror = await fetchCommit({ mirrorsDir: folder, url, sha, signal: AbortSignal.timeout(20_000) });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test.each([".circleci/config.yml", "bin/tool"])("the file %s is read as bytes", async (path) => {
  const blob = await readBlob(mirror, sha, path);

  expect(blob).toBeInstanceOf(Buffer);
});

test.each([
  ["a symlink", "link", "not-a-file"],
  ["a folder", ".circleci", "not-a-file"],
  ["a file behind a symlink", "linked-folder/config.yml", "not-a-file"],
  ["nothing", "no/such/file", "not-found"],
  ["a path through a file", "bin/tool/x", "not-found"],
  ["the folder above", "../link", "not-found"],
  ["an absolute path", "/etc/passwd", "not-found"],
])("%s at the path is told apart: %s is %s", async (_, path, answer) => {
  expect(await readBlob(mirror, sha, path)).toBe(answer);
});

test("a damaged mirror is an error that names the commit", async () => {
  const other = "f".repeat(40);
  const files = packFiles(mirror, other);
  await writeFile(files.pack, "");
  await writeFile(files.index, "");

  await expect(readBlob(mirror, other, "a")).rejects.toMatchObject({
    code: "clone_failed",
    message: expect.stringContaining(other),
  });
});
