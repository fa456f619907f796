import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { acceptDelivery, movePipeline } from "@fmg/db";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { readSettings } from "../settings.ts";
import { startApi, type TestApi } from "../testing/start-api.ts";

// The machine may be busy with other tests; each of these waits for events, not for time.
jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  const { publicBadges } = readSettings({ FMG_PUBLIC_BADGES: "octo/repo, open.source/*" }, "/");
  api = await startApi(redis, { publicBadges });
});
afterEach(() => api.close());

function aPipeline(
  status: "success" | "failure" | "error" | "canceled" | "running",
  repo = "repo",
  branch = "main",
): void {
  const { pipelineId } = acceptDelivery(api.db, {
    deliveryId: `delivery-${Math.random()}`,
    event: "push",
    body: new Uint8Array(),
    receivedAt: 1000,
    trigger: {
      kind: "push",
      ref: { kind: "branch", name: branch },
      sha: "a".repeat(40),
      baseSha: null,
      commit: { subject: "s", body: "", authorLogin: "ada", authorName: "Ada", url: null },
      sender: { login: "ada", id: 1 },
    },
    repository: {
      id: repo.length,
      owner: "octo",
      name: repo,
      cloneUrl: `https://github.test/octo/${repo}.git`,
      url: `https://github.test/octo/${repo}`,
      defaultBranch: "main",
      private: false,
    },
    statusTargetBase: "https://fmg.test",
  });
  movePipeline(api.db, pipelineId, "pending", { status: "running", at: 1000 });
  if (status !== "running") movePipeline(api.db, pipelineId, "running", { status, at: 1000 });
}

const wordOf = (svg: string) => /<title>[^<]*: (\w+)<\/title>/.exec(svg)?.[1];

test("a badge shows how the branch's newest pipeline ended that passed or failed, and the default branch unless told", async () => {
  const word = async (query = "") =>
    wordOf((await api.app.inject(`/projects/Octo/repo/badge.svg${query}`)).body);
  expect(await word()).toBe("unknown");
  aPipeline("failure");
  expect(await word()).toBe("failing");
  aPipeline("success");
  aPipeline("canceled");
  aPipeline("running");
  aPipeline("error", "repo", "next");
  expect(await word()).toBe("passing");
  expect(await word("?branch=next")).toBe("error");
  expect(await word("?branch=gone")).toBe("unknown");
});

test("what has not changed is answered without a picture, and other sites may show it", async () => {
  aPipeline("success");
  const url = "/projects/octo/repo/badge.svg";
  const first = await api.app.inject(url);
  expect(first.headers).toMatchObject({
    "content-type": "image/svg+xml; charset=utf-8",
    "cache-control": "no-cache",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
  });
  const again = () =>
    api.app.inject({ url, headers: { "if-none-match": `"x", W/${String(first.headers.etag)}` } });
  expect([(await again()).statusCode, (await again()).body]).toEqual([304, ""]);
  aPipeline("failure");
  expect((await again()).statusCode).toBe(200);
});

test("a repository whose badges are not public needs a token, and is not told from one that does not exist", async () => {
  aPipeline("success", "secret");
  const answers = await Promise.all(
    ["octo/secret", "octo/absent", "octo/repo2", "xocto/repo", "openXsource/x"].map((repo) =>
      api.app.inject(`/projects/${repo}/badge.svg`),
    ),
  );
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401, 401]);
  const read = await api.get("/projects/octo/secret/badge.svg");
  expect(wordOf(read.body)).toBe("passing");
  expect(read.headers["cache-control"]).toBe("private, no-cache");
  expect((await api.app.inject("/projects/open.source/any/badge.svg")).statusCode).toBe(200);
});

test("a branch's name cannot break out of the picture", async () => {
  const branch = `a"><script>alert(1)</script>'&\u0000\u001b`;
  const { body } = await api.app.inject(`/projects/octo/repo/badge.svg?branch=${encodeURIComponent(branch)}`);
  expect(body).toContain("a&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;: unknown</title>");
  expect(/[^\n\P{Cc}]|<script/u.test(body)).toBe(false);
});

test("what is no list of repositories is refused at the start", () => {
  expect(() => readSettings({ FMG_PUBLIC_BADGES: "octo/repo/x" }, "/")).toThrow(/FMG_PUBLIC_BADGES/);
  expect(readSettings({}, "/").publicBadges("octo/repo")).toBe(false);
  expect(readSettings({ FMG_PUBLIC_BADGES: "*" }, "/").publicBadges("octo/repo")).toBe(true);
});
