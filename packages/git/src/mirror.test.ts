import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import { fetchCommit, type FetchCommitInput } from "./mirror.ts";
import { readBlob } from "./read-blob.ts";
import { runGit } from "./testing/run-git.ts";
import { startGitServer, type GitServer, type GitServerSettings } from "./testing/git-server.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

const config = ".circleci/config.yml";
let mirrorsDir: string;
let server: GitServer;

beforeEach(async () => {
  mirrorsDir = await mkdtemp(join(tmpdir(), "fmg-mirrors-"));
});

afterEach(async () => {
  await server.close();
  await rm(mirrorsDir, { recursive: true, force: true });
});

async function serve(settings: GitServerSettings = {}): Promise<string> {
  server = await startGitServer(settings);
  return server.commit("octo/repo", { files: { [config]: "version: 2.1\n" } });
}

function input(sha: string, more: Partial<FetchCommitInput> = {}): FetchCommitInput {
  const signal = AbortSignal.timeout(20_000);
  return { mirrorsDir, url: server.cloneUrl("octo/repo"), sha, backoffMs: 1, signal, ...more };
}

async function text(sha: string, path: string): Promise<string> {
  const blob = await readBlob(await fetchCommit(input(sha)), sha, path);
  return typeof blob === "string" ? blob : Buffer.from(blob).toString();
}

describe("fetching a commit", () => {
  test("the pushed commit is fetched, not the branch that moved on since", async () => {
    const first = await serve();
    const second = await server.commit("octo/repo", { files: { [config]: "version: 2\n" } });

    expect(await text(first, config)).toBe("version: 2.1\n");
    expect(await text(second, config)).toBe("version: 2\n");
  });

  test("a commit that is in the mirror already costs no request", async () => {
    const sha = await serve();
    await fetchCommit(input(sha));
    const before = server.requests.length;

    await fetchCommit(input(sha));

    expect(server.requests).toHaveLength(before);
  });

  test("many who want the same commit at once share one fetch", async () => {
    const sha = await serve();

    await Promise.all(Array.from({ length: 20 }, () => fetchCommit(input(sha))));

    expect(server.requests).toEqual(["GET /octo/repo.git/info/refs", "POST /octo/repo.git/git-upload-pack"]);
  });

  test("one who shared a fetch that was aborted fetches by itself", async () => {
    const sha = await serve();
    server.hangNext(1);
    const gone = new AbortController();
    const first = fetchCommit(input(sha, { signal: gone.signal }));
    const second = fetchCommit(input(sha));
    await server.requestsToBe(1);

    gone.abort(new Error("not wanted any more"));

    await expect(first).rejects.toThrow("not wanted any more");
    await second;
  });

  test("the commits of one repository share a mirror, and nothing is left beside them", async () => {
    const first = await serve();
    const second = await server.commit("octo/repo", { files: { a: "a" } });

    const mirrors = await Promise.all([fetchCommit(input(first)), fetchCommit(input(second))]);

    expect(mirrors[0]).toEqual(mirrors[1]);
    const kept = await readdir(join(mirrors[0].dir, "objects", "pack"));
    expect(kept.sort()).toEqual(
      [first, second].flatMap((sha) => [`pack-${sha}.idx`, `pack-${sha}.pack`]).sort(),
    );
  });

  test("native git finds the packs in order", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`f${i % 7}/${i}.txt`, `${"line\n".repeat(i)}${i}`]),
    );
    server = await startGitServer();
    const sha = await server.commit("octo/repo", { files });
    await runGit(server.folder("octo/repo"), ["repack", "-adfq"]);

    const { dir } = await fetchCommit(input(sha));

    await runGit(dir, ["verify-pack", `objects/pack/pack-${sha}.idx`]);
  });

  test("an annotated tag is followed to its commit", async () => {
    server = await startGitServer();
    await server.commit("octo/repo", { files: { [config]: "tagged\n" }, tag: { annotated: "v1" } });
    const tag = (await runGit(server.folder("octo/repo"), ["rev-parse", "v1"])).trim();

    expect(await text(tag, config)).toBe("tagged\n");
  });

  test("a server that gives out no bare commits is asked for the ref, and for older commits behind it", async () => {
    server = await startGitServer({ bareCommits: "refused" });
    const old = await server.commit("octo/repo", { files: { [config]: "old\n" } });
    for (let i = 0; i < 3; i += 1) await server.commit("octo/repo", { files: { [config]: `newer ${i}\n` } });

    const mirror = await fetchCommit(input(old, { ref: "refs/heads/main" }));

    expect(Buffer.from((await readBlob(mirror, old, config)) as Uint8Array).toString()).toBe("old\n");
  });
});

test("the commit of a fork's pull request is fetched from the pull request's ref (R-CO-7)", async () => {
  server = await startGitServer({ bareCommits: "refused" });
  await server.commit("octo/repo", { files: { [config]: "main\n" } });
  const sha = await server.commit("octo/repo", { files: { [config]: "of the fork\n" }, branch: "forked" });
  const bare = server.folder("octo/repo");
  await runGit(bare, ["update-ref", "refs/pull/7/head", sha]);
  await runGit(bare, ["update-ref", "-d", "refs/heads/forked"]);

  const mirror = await fetchCommit(input(sha, { ref: "refs/pull/7/head" }));

  expect(Buffer.from((await readBlob(mirror, sha, config)) as Uint8Array).toString()).toBe("of the fork\n");
});

describe("when a fetch cannot work", () => {
  test("a private repository is read with the token, and says what is missing without it", async () => {
    const sha = await serve({ token: "s3cret" });

    await expect(fetchCommit(input(sha))).rejects.toMatchObject({
      code: "clone_failed",
      message: expect.stringContaining("Set GITHUB_TOKEN"),
    });
    await fetchCommit(input(sha, { token: new Secret("s3cret") }));
  });

  test("a wrong token is refused at once, and is not in the message", async () => {
    const sha = await serve({ token: "s3cret" });

    const failed = await fetchCommit(input(sha, { token: new Secret("wr0ng") })).catch(
      (error: unknown) => error,
    );

    expect(failed).toMatchObject({
      code: "clone_failed",
      message: expect.stringContaining("refuses the token"),
    });
    expect(String((failed as Error).stack)).not.toContain("wr0ng");
    expect(server.requests).toHaveLength(1);
  });

  test.each(["allowed", "refused"] as const)(
    "a commit that is gone is named (bare commits %s)",
    async (bareCommits) => {
      await serve({ bareCommits });
      const gone = "0123456789012345678901234567890123456789";

      const failed = fetchCommit(input(gone, { ref: "refs/heads/main" }));

      await expect(failed).rejects.toMatchObject({
        code: "clone_failed",
        message: expect.stringContaining(gone),
      });
    },
  );

  test("a repository that does not exist is told from one that needs a token", async () => {
    await serve();

    const failed = fetchCommit({ ...input("0".repeat(40)), url: server.cloneUrl("octo/other") });

    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining("no such repository") });
  });

  test("a server that is overloaded for a moment is asked again", async () => {
    const sha = await serve();
    server.failNext(4, 503);

    await fetchCommit(input(sha));

    expect(server.requests).toHaveLength(6);
  });

  test("a server that stays overloaded is given up after five tries", async () => {
    const sha = await serve();
    server.failNext(100, 502);

    await expect(fetchCommit(input(sha))).rejects.toMatchObject({
      code: "clone_failed",
      message: expect.stringContaining("HTTP 502, 5 times"),
    });
    expect(server.requests).toHaveLength(5);
  });

  test.each(["ends", "breaks"] as const)(
    "a pack that %s in its middle is asked for again, and given up after five tries (REL-17)",
    async (how) => {
      const sha = await serve();
      server.passNext(1);
      server.cutNext(1, how);
      await fetchCommit(input(sha));
      const other = await server.commit("octo/repo", { files: { "b.txt": "b" } });
      const before = server.requests.length;
      for (let tries = 0; tries < 9; tries++) {
        server.passNext(1);
        server.cutNext(1, how);
      }

      await expect(fetchCommit(input(other))).rejects.toMatchObject({ code: "clone_failed" });
      expect(server.requests.slice(before).filter((line) => line.startsWith("POST"))).toHaveLength(5);
    },
  );

  test("a server that falls silent is asked again", async () => {
    const sha = await serve();
    server.hangNext(1);

    await fetchCommit(input(sha, { idleMs: 1500 }));
  });

  test("a silent server does not hold up one who aborts", async () => {
    const sha = await serve();
    server.hangNext(1);
    const gone = new AbortController();
    const failed = fetchCommit(input(sha, { signal: gone.signal }));
    await server.requestsToBe(1);

    gone.abort(new Error("stopped"));

    await expect(failed).rejects.toThrow("stopped");
  });

  test("a renamed repository is found by its redirect", async () => {
    const sha = await serve();
    server.redirectNext(1, (path) => path.replace("/octo/old.git", "/octo/repo.git"));
    server.passNext(1);
    server.redirectNext(1, (path) => path.replace("/octo/old.git", "/octo/repo.git"));

    await fetchCommit({ ...input(sha), url: server.cloneUrl("octo/old") });
  });

  test("a redirect to another server is not followed, since it would take the token along", async () => {
    const sha = await serve();
    server.redirectNext(1, () => "http://127.0.0.2:9/octo/repo.git/info/refs?service=git-upload-pack");

    const failed = fetchCommit(input(sha, { token: new Secret("s3cret") }));

    await expect(failed).rejects.toMatchObject({
      message: expect.stringContaining("redirects to 127.0.0.2:9"),
    });
  });

  test.each([
    ["git@github.com:octo/repo.git", "needs SSH"],
    ["ssh://git@github.com/octo/repo.git", "needs SSH"],
    ["https://user:s3cret@github.com/octo/repo.git", "holds credentials"],
    ["file:///etc", "neither https: nor http:"],
    ["octo/repo", "is not a URL"],
  ])("the clone URL %s is refused: it %s", async (url, reason) => {
    const sha = await serve();

    const failed = await fetchCommit({ ...input(sha), url }).catch((error: unknown) => error);

    expect(failed).toMatchObject({ code: "clone_failed", message: expect.stringContaining(reason) });
    expect(String(failed)).not.toContain("s3cret");
  });
});
