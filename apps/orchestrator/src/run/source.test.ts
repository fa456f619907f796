import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { RepositoryRef, Trust } from "@fmg/core";
import { runGit, startGitServer, type GitServer } from "@fmg/git/testing";
import { readSettings } from "../settings.ts";
import { sourceOf } from "./source.ts";

const token = "ghs_s3cret";
let folder: string;
let server: GitServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-source-"));
  server = await startGitServer({ token });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The tar of a pipeline's checkout, as text, and how many submodules are not in it. */
async function checkOut(
  sha: string,
  { trust = "own", env = {} }: { trust?: Trust; env?: Record<string, string> } = {},
): Promise<{ tar: string; submodules: number | undefined }> {
  const settings = readSettings({ FMG_WORKSPACE_ROOT: folder, GITHUB_TOKEN: token, ...env }, folder);
  const source = sourceOf({ settings }, { repository: repository(), event: pushOf(sha), trust });
  let submodules: number | undefined;
  const tar = source.asTar(
    { prefix: "", uid: 0, gid: 0, depth: undefined, onTree: (left) => void (submodules = left.submodules) },
    AbortSignal.timeout(30_000),
  );
  return { tar: (await buffer(tar)).toString("latin1"), submodules };
}

test("an old pipeline, run again, checks out its own commit after the branch went elsewhere (R-CO-8)", async () => {
  const old = await server.commit("octo/repo", { files: { file: "of the first push" } });
  const first = await checkOut(old);
  await rm(join(folder, "mirrors"), { recursive: true });
  const other = await server.commit("octo/repo", { files: { file: "something else" }, branch: "other" });
  await runGit(server.folder("octo/repo"), ["update-ref", "refs/heads/main", other]);

  const again = await checkOut(old);

  expect(again.tar).toBe(first.tar);
  expect(again.tar).toContain("of the first push");
});

test("submodules come along where the operator wants them, and never for a fork, whose author may not read all that our token may", async () => {
  const lib = await server.commit("octo/lib", { files: { file: "of the submodule" } });
  const gitmodules = `[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n`;
  await server.commit("octo/repo", { files: { ".gitmodules": gitmodules } });
  const sha = await withLink("lib", lib);
  const on = { FMG_CHECKOUT_SUBMODULES: "on" };

  const asked = await checkOut(sha, { env: on });
  const ofFork = await checkOut(sha, { env: on, trust: "fork" });
  const usual = await checkOut(sha);

  expect(asked.tar).toContain("of the submodule");
  expect(asked.submodules).toBe(0);
  for (const without of [ofFork, usual]) {
    expect(without.tar).not.toContain("of the submodule");
    expect(without.submodules).toBe(1);
  }
  // R-CO-6
  expect(asked.tar).not.toContain(token);
});

/** A commit on main that has a submodule besides what is there. */
async function withLink(path: string, sha: string): Promise<string> {
  const bare = server.folder("octo/repo");
  const env = {
    GIT_INDEX_FILE: join(folder, "index"),
    GIT_AUTHOR_NAME: "Octo",
    GIT_AUTHOR_EMAIL: "octo@example.com",
    GIT_COMMITTER_NAME: "Octo",
    GIT_COMMITTER_EMAIL: "octo@example.com",
  };
  await runGit(bare, ["read-tree", "main"], { env });
  await runGit(bare, ["update-index", "--index-info"], { env, input: `160000 ${sha}\t${path}\n` });
  const tree = (await runGit(bare, ["write-tree"], { env })).trim();
  return (await runGit(bare, ["commit-tree", "-m", "linked", tree], { env })).trim();
}

function repository(): RepositoryRef {
  return {
    id: 1,
    owner: "octo",
    name: "repo",
    cloneUrl: server.cloneUrl("octo/repo"),
    url: `${server.url}/octo/repo`,
    defaultBranch: "main",
    private: true,
  };
}

function pushOf(sha: string): Parameters<typeof sourceOf>[1]["event"] {
  return {
    kind: "push",
    ref: { kind: "branch", name: "main" },
    sha,
    baseSha: null,
    commit: { subject: "A commit", body: "", authorLogin: null, authorName: null, url: null },
    sender: { login: "octo", id: 1 },
  };
}
