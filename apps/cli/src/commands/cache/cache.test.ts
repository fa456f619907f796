import { expect, jest, test } from "@jest/globals";

import { aCache } from "../../testing/builders.ts";
import { startFakeServer } from "../../testing/fake-server.ts";
import { runFmg } from "../../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const caches = [
  aCache(),
  aCache({ id: 6, key: "maven-1", sizeBytes: 900, lastUsedAt: new Date().toISOString() }),
];
const repo = ["--repo", "octo/repo"];

test("fmg cache list shows keys, sizes, whose they are and their last use; --key and --older-than narrow it", async () => {
  await using server = await startFakeServer({ caches: [caches[0]!] });
  const list = (...args: string[]) => runFmg(["cache", "list", ...repo, ...args, "--server-url", server.url]);
  expect(await list()).toEqual({
    code: 0,
    stderr: "",
    stdout: "7  12.3 MB  branch:main  used 2024-06-03T08:00:00Z  npm-3f2a\n",
  });
  server.state.caches.push(caches[1]!);
  const [old, ofKey, none] = await Promise.all([
    list("--older-than", "30d", "-q"),
    list("--key", "maven", "-q"),
    list("--key", "pip"),
  ]);
  expect([old.stdout, ofKey.stdout, none.stdout]).toEqual(["7\n", "6\n", ""]);
  expect(none.stderr).toContain("No caches.");
});

test("fmg cache delete forgets one by its number or those that are narrowed down, and asks first", async () => {
  await using server = await startFakeServer({ caches: [...caches] });
  const remove = (...args: string[]) => runFmg(["cache", "delete", ...args, "--server-url", server.url]);
  expect(await remove("6", "--yes")).toMatchObject({ code: 0, stdout: "Deleted cache 6\n" });
  const old = await remove(...repo, "--older-than", "30d", "--yes");
  expect(old).toMatchObject({ code: 0, stdout: "Deleted 1 cache (12.3 MB)\n" });
  expect(server.requests).toEqual(
    expect.arrayContaining(["DELETE /api/v1/caches/6", "DELETE /api/v1/caches/7"]),
  );
  const [unasked, vague, both] = await Promise.all([
    remove("6"),
    remove(...repo, "--yes"),
    remove("6", "--key", "npm"),
  ]);
  expect([unasked.code, vague.code, both.code]).toEqual([2, 2, 2]);
  expect(vague.stderr).toContain("say which caches");
});
