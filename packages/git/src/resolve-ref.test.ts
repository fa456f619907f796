import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import { readCommitWords } from "./commit-message.ts";
import { fetchCommit } from "./mirror.ts";
import { resolveRef } from "./resolve-ref.ts";
import { startGitServer } from "./testing/git-server.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

test("a branch and an annotated tag are resolved to their commit, and a ref that is not there is told", async () => {
  const server = await startGitServer({ token: "secret" });
  try {
    const sha = await server.commit("octo/repo", { files: { a: "1" }, tag: { annotated: "v1" } });
    const signal = AbortSignal.timeout(20_000);
    const url = server.cloneUrl("octo/repo");
    const asked = (ref: string, token = "secret") =>
      resolveRef({ url, ref, token: new Secret(token), signal });

    expect(await asked("refs/heads/main")).toBe(sha);
    expect(await asked("refs/tags/v1")).toBe(sha);
    // The beginning of a name is not the name.
    expect(await asked("refs/heads/mai")).toBeUndefined();
    await expect(asked("refs/heads/main", "wrong")).rejects.toMatchObject({ code: "clone_failed" });
  } finally {
    await server.close();
  }
});

test("a fetched commit tells its subject, body and author", async () => {
  const server = await startGitServer();
  const mirrorsDir = await mkdtemp(join(tmpdir(), "fmg-mirrors-"));
  try {
    const sha = await server.commit("octo/repo", {
      files: { a: "1" },
      message: "Say hällo\n\nTwice.\nAnd on.",
    });
    const url = server.cloneUrl("octo/repo");
    const mirror = await fetchCommit({ mirrorsDir, url, sha, signal: AbortSignal.timeout(20_000) });
    expect(readCommitWords(mirror, sha)).toEqual({
      subject: "Say hällo",
      body: "Twice.\nAnd on.",
      authorName: expect.stringMatching(/\w/),
    });
  } finally {
    await server.close();
    await rm(mirrorsDir, { recursive: true, force: true });
  }
});
