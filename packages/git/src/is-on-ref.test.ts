import { afterEach, expect, jest, test } from "@jest/globals";
import { isOnRef } from "./is-on-ref.ts";
import { runGit } from "./testing/run-git.ts";
import { startGitServer, type GitServer, type GitServerSettings } from "./testing/git-server.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(60_000);

let server: GitServer;
afterEach(() => server.close());

const on = (ref: string, sha: string) =>
  isOnRef({ url: server.cloneUrl("octo/repo"), ref, sha, signal: AbortSignal.timeout(30_000) });

const commit = (content: string, branch = "main", tag?: { annotated: string }) =>
  server.commit("octo/repo", { files: { file: content }, branch, ...(tag === undefined ? {} : { tag }) });

test.each<GitServerSettings>([{ bareCommits: "allowed" }, { bareCommits: "refused" }])(
  "a commit at the tip or behind it is on its branch and its tags, one of another branch is not (%j)",
  async (settings) => {
    server = await startGitServer(settings);
    const first = await commit("1");
    const second = await commit("2", "main", { annotated: "v1" });
    const third = await commit("3");
    const other = await commit("of somebody else", "other");

    expect(await Promise.all([first, second, third].map((sha) => on("refs/heads/main", sha)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(await Promise.all([first, third].map((sha) => on("refs/tags/v1", sha)))).toEqual([true, false]);
    expect(await on("refs/heads/main", other)).toBe(false);
    expect(await on("refs/heads/gone", first)).toBe(false);
  },
);

test("the commit of a fork's pull request, which the server gives out by its sha, is on no branch (SEC-7)", async () => {
  server = await startGitServer();
  await commit("1");
  const ofFork = await commit("of the fork", "forked");
  const bare = server.folder("octo/repo");
  await runGit(bare, ["update-ref", "refs/pull/7/head", ofFork]);
  await runGit(bare, ["update-ref", "-d", "refs/heads/forked"]);

  expect(await on("refs/heads/main", ofFork)).toBe(false);
});

test("of a server that can leave files out only the commits are fetched", async () => {
  server = await startGitServer();
  const old = await commit("x".repeat(100));
  await commit("y".repeat(100));
  const tree = (await runGit(server.folder("octo/repo"), ["rev-parse", `${old}^{tree}`])).trim();

  expect(await on("refs/heads/main", old)).toBe(true);
  expect(await on("refs/heads/main", tree)).toBe(false);
});

test("a merged branch's commits are on the branch that it was merged into", async () => {
  server = await startGitServer();
  await commit("1");
  const side = await commit("side", "side");
  const bare = server.folder("octo/repo");
  const tree = (await runGit(bare, ["rev-parse", "main^{tree}"])).trim();
  const author = {
    GIT_AUTHOR_NAME: "o",
    GIT_AUTHOR_EMAIL: "o@o",
    GIT_COMMITTER_NAME: "o",
    GIT_COMMITTER_EMAIL: "o@o",
  };
  const merge = await runGit(bare, ["commit-tree", tree, "-p", "main", "-p", "side", "-m", "merge"], {
    env: author,
  });
  await runGit(bare, ["update-ref", "refs/heads/main", merge.trim()]);

  expect(await on("refs/heads/main", side)).toBe(true);
});

test("a server that does not answer is a clone that failed, never a no", async () => {
  server = await startGitServer();
  const sha = await commit("1");
  server.failNext(1, 503);

  await expect(on("refs/heads/main", sha)).rejects.toMatchObject({
    code: "clone_failed",
    message: expect.stringContaining("HTTP 503"),
  });
});
