import { expect, jest, test } from "@jest/globals";

import { aProject } from "../../testing/builders.ts";
import { startFakeServer } from "../../testing/fake-server.ts";
import { runFmg } from "../../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const project = aProject();

test("fmg repo list shows each repository with its branch, pipelines and last one, or how one is connected", async () => {
  await using server = await startFakeServer({
    projects: [project, { ...project, name: "new", pipelines: 1, lastPipelineAt: null }],
  });
  const list = (...args: string[]) => runFmg(["repo", "list", ...args, "--server-url", server.url]);
  const [text, json] = await Promise.all([list(), list("--json")]);
  expect(text.stdout).toBe(
    "octo/repo  main  12 pipelines  last 2024-06-01T12:00:00Z\nocto/new   main  1 pipeline\n",
  );
  expect(JSON.parse(json.stdout)).toEqual({ items: server.state.projects, next: null });
  server.state.projects.splice(0, 2);
  expect((await list()).stderr).toContain("Connect a repository");
});
