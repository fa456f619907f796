import { describe, expect, test } from "@jest/globals";

import { noCommit, pushPayload, type PushInput } from "../testing/index.ts";
import { normalizeDelivery } from "./trigger-event.ts";

const settings = { serverUrl: "https://github.example.com" };
const sha = "a1b2c3d".padEnd(40, "0");
const before = "b".repeat(40);

function push(changes: Partial<PushInput> = {}): Record<string, unknown> {
  return pushPayload({
    repo: "octo/repo",
    ref: "refs/heads/main",
    before,
    after: sha,
    cloneUrl: "https://github.example.com/octo/repo.git",
    ...changes,
  });
}

const normalize = (payload: unknown, event = "push") => normalizeDelivery(event, payload, settings);

describe("a push", () => {
  test("to a branch becomes a trigger event with its repository and commit", () => {
    const payload = push({
      ref: "refs/heads/feature/login",
      message: "Fix the parser\n\nIt was slow.\nNow it is not.",
    });

    expect(normalize(payload)).toEqual({
      kind: "trigger",
      event: {
        kind: "push",
        ref: { kind: "branch", name: "feature/login" },
        sha,
        baseSha: before,
        commit: {
          subject: "Fix the parser",
          body: "It was slow.\nNow it is not.",
          authorLogin: "ada",
          authorName: "Ada",
          url: `https://github.example.com/octo/repo/commit/${sha}`,
        },
        sender: { login: "ada", id: 1001 },
      },
      repository: {
        id: 4242,
        owner: "octo",
        name: "repo",
        cloneUrl: "https://github.example.com/octo/repo.git",
        url: "https://github.example.com/octo/repo",
        defaultBranch: "main",
        private: false,
      },
    });
  });

  test("of a new branch has no base", () => {
    expect(normalize(push({ before: noCommit }))).toMatchObject({ event: { baseSha: null } });
  });

  test("that creates a tag lists no commits, and starts a pipeline (R-TRG-1)", () => {
    const payload = push({ ref: "refs/tags/v1", before: noCommit });
    expect(payload).toMatchObject({ created: true, commits: [] });
    expect(normalize(payload)).toMatchObject({ kind: "trigger" });
  });

  test("of an annotated tag is about the commit, not about the tag object", () => {
    const commit = "c".repeat(40);

    expect(normalize(push({ ref: "refs/tags/v1.2", after: sha, headCommitId: commit }))).toMatchObject({
      kind: "trigger",
      event: { ref: { kind: "tag", name: "v1.2" }, sha: commit },
    });
  });

  test("to a fork is a push like any other", () => {
    const payload = push();
    Object.assign(payload["repository"] as object, { fork: true });

    expect(normalize(payload)).toMatchObject({ kind: "trigger" });
  });
});

describe("what starts nothing is ignored with a reason:", () => {
  test.each([
    ["a ping", { zen: "Design for failure.", hook_id: 1 }, "ping", "ping"],
    ["another event", { action: "opened" }, "issues", 'event "issues" starts nothing'],
    [
      "a pull request, for its branch was pushed (R-TRG-6)",
      { action: "opened" },
      "pull_request",
      'event "pull_request" starts nothing',
    ],
    [
      "a pull request from a fork, whose config may be anyone's (R-TRG-3, R-TRG-5, SEC-7)",
      { action: "synchronize", pull_request: { head: { repo: { fork: true } } } },
      "pull_request",
      'event "pull_request" starts nothing',
    ],
    ["the end of a branch (R-TRG-1)", push({ after: noCommit }), "push", 'branch "main" was deleted'],
    [
      "a new branch without new commits (R-TRG-1)",
      { ...push({ before: noCommit }), commits: [] },
      "push",
      'branch "main" is new and has no new commits',
    ],
    [
      "the end of a tag (R-TRG-1)",
      push({ ref: "refs/tags/v1", after: noCommit }),
      "push",
      'tag "v1" was deleted',
    ],
    [
      "another kind of ref",
      push({ ref: "refs/notes/x" }),
      "push",
      'ref "refs/notes/x" is neither a branch nor a tag',
    ],
  ])("%s", (_, payload, event, reason) => {
    expect(normalize(payload, event)).toEqual({ kind: "ignored", reason });
  });
});

describe("a skip tag (R-SKIP-1)", () => {
  test.each([
    ["Docs [skip ci]", "[skip ci]"],
    ["[ci skip] Docs", "[ci skip]"],
    ["[Skip CI] Docs", "[Skip CI]"],
    ["Docs\n\n[ci skip]", "[ci skip]"],
    [`${"x".repeat(241)}[skip ci]`, "[skip ci]"],
    [`Docs\n\n${"x".repeat(241)}[skip ci]`, "[skip ci]"],
    [`${"x".repeat(250)}\n\n[skip ci]`, "[skip ci]"],
  ])("counts in %j", (message, tag) => {
    expect(normalize(push({ message }))).toEqual({
      kind: "ignored",
      reason: `the commit message says ${tag}`,
    });
  });

  test.each([
    ["Docs"],
    ["skip ci"],
    ["[skip-ci]"],
    [`${"x".repeat(242)}[skip ci]`],
    [`Docs\n\n${"x".repeat(300)}[skip ci]`],
  ])("does not count in %j", (message) => {
    expect(normalize(push({ message }))).toMatchObject({ kind: "trigger" });
  });

  test("does not count in an older commit of the push", () => {
    const payload = push({ message: "y" });
    (payload["commits"] as object[]).unshift({ id: before, message: "x [ci skip]" });

    expect(normalize(payload)).toMatchObject({ kind: "trigger" });
  });

  test("skips all commits of its push; of a merge the merge's own message counts (R-SKIP-2)", () => {
    const older = [{ id: before, message: "x" }];
    const skipped = push({ message: "y [ci skip]" });
    (skipped["commits"] as object[]).unshift(...older);
    const merge = push({ message: "Merge branch 'docs'\n\nDocs" });
    (merge["commits"] as object[]).unshift({ id: before, message: "Docs [skip ci]" });
    const skippedMerge = push({ message: "Merge branch 'docs'\n\n[skip ci]" });
    (skippedMerge["commits"] as object[]).unshift(...older);

    expect(normalize(skipped)).toMatchObject({ kind: "ignored" });
    expect(normalize(merge)).toMatchObject({ kind: "trigger" });
    expect(normalize(skippedMerge)).toMatchObject({ kind: "ignored" });
  });
});

describe("what GitHub does not send is invalid, and the message names the field:", () => {
  const without = (path: string, value?: unknown): Record<string, unknown> => {
    const payload = push();
    const names = path.split(".");
    const last = names.pop() ?? "";
    const parent = names.reduce((at, name) => at[name] as Record<string, unknown>, payload);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
    return payload;
  };

  test.each([
    ["ref", undefined],
    ["ref", 7],
    ["ref", "refs/heads/a b"],
    ["ref", "refs/heads/-x"],
    ["ref", "refs/heads/a/../b"],
    ["ref", "refs/heads/a\u0000"],
    ["after", undefined],
    ["after", "main"],
    ["before", undefined],
    ["repository", undefined],
    ["repository", []],
    ["repository.id", undefined],
    ["repository.id", "4242"],
    ["repository.id", -1],
    ["repository.name", "../etc"],
    ["repository.name", ".."],
    ["repository.owner.login", "a/b"],
    ["repository.default_branch", undefined],
    ["repository.private", "no"],
    ["repository.clone_url", undefined],
    ["repository.clone_url", "https://evil.example.com/octo/repo.git"],
    ["repository.clone_url", "https://github.example.com.evil.example/octo/repo.git"],
    ["repository.clone_url", "https://user:pass@github.example.com/octo/repo.git"],
    ["repository.clone_url", "http://github.example.com/octo/repo.git"],
    ["repository.clone_url", "https://github.example.com:8443/octo/repo.git"],
    ["repository.clone_url", "file:///etc/passwd"],
    ["repository.html_url", "https://evil.example.com/octo/repo"],
    ["head_commit.id", "x"],
    ["head_commit.message", undefined],
    ["sender", undefined],
    ["sender.id", 0],
    ["deleted", "yes"],
  ])("%s = %j", (path, value) => {
    const answer = normalize(without(path, value));

    expect(answer).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining(path.split(".")[0] ?? ""),
    });
  });

  test.each([[null], ["text"], [7], [[]]])("the payload %j", (payload) => {
    expect(normalize(payload)).toEqual({ kind: "invalid", message: "the payload is not an object" });
  });
});
