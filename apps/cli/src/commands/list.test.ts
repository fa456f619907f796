import { describe, expect, jest, test } from "@jest/globals";

import { aPipeline } from "../testing/builders.ts";
import { startFakeServer } from "../testing/fake-server.ts";
import { runFmg } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const five = aPipeline({ id: 5 });
const four = aPipeline({
  id: 4,
  sha: "d4e5f6a7b8c90718293a4b5c6d7e8f9001122334",
  branch: "feature/login",
  status: "failure",
  createdAt: "2024-05-31T18:21:10.000Z",
  finishedAt: null,
});

describe("fmg list", () => {
  test("prints a line for each pipeline, newest first", async () => {
    await using server = await startFakeServer({ pipelines: [five, four] });
    const { code, stdout, stderr } = await runFmg(["--server-url", server.url, "list"]);
    expect(stdout).toBe(
      "#5 [octo/repo @ a1b2c3d on main] status: SUCCESS (started 2024-06-01T12:00:00Z finished 2024-06-01T12:03:40Z)\n" +
        "#4 [octo/repo @ d4e5f6a on feature/login] status: FAILURE (started 2024-05-31T18:21:10Z)\n",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("a tag stands where the branch would", async () => {
    await using server = await startFakeServer({ pipelines: [aPipeline({ branch: null, tag: "v1.2" })] });
    const { stdout } = await runFmg(["list"], { env: { FMG_SERVER_URL: server.url } });
    expect(stdout).toContain("[octo/repo @ a1b2c3d on v1.2]");
  });

  test("control characters in a name do not reach the terminal", async () => {
    await using server = await startFakeServer({
      pipelines: [aPipeline({ branch: "a\u001b]0;x\u0007b\nc" })],
    });
    const { stdout } = await runFmg(["list", "--server-url", server.url]);
    expect(stdout).toContain("on ab c]");
  });

  test("--json is one document of the API's items", async () => {
    await using server = await startFakeServer({ pipelines: [five, four] });
    const { stdout } = await runFmg(["--json", "--server-url", server.url, "list", "--limit", "1"]);
    expect(JSON.parse(stdout)).toEqual({ items: [five], next: "5" });
  });

  test("-q prints ids, the filters go to the server", async () => {
    const dev = aPipeline({ id: 3, branch: "dev", status: "failure" });
    await using server = await startFakeServer({ pipelines: [five, four, dev] });
    const filter = ["--repo", "octo/repo", "--branch", "dev", "--status", "FAILURE"];
    const { stdout } = await runFmg(["list", "-q", "--server-url", server.url, ...filter]);
    expect(stdout).toBe("3\n");
  });

  test("--all asks for page after page", async () => {
    const pipelines = Array.from({ length: 150 }, (_, index) => aPipeline({ id: 150 - index }));
    await using server = await startFakeServer({ pipelines });
    const { stdout } = await runFmg(["list", "--all", "-q", "--server-url", server.url]);
    expect(stdout.trim().split("\n")).toEqual(pipelines.map(({ id }) => String(id)));
    expect(server.requests).toHaveLength(2);
  });

  test("without pipelines stdout is empty, and stderr says what to do", async () => {
    await using server = await startFakeServer();
    expect(await runFmg(["list", "--server-url", server.url])).toEqual({
      code: 0,
      stdout: "",
      stderr: "No pipelines yet. Push to a connected repository.\n",
    });
  });

  test("a status that does not exist gets the nearest one", async () => {
    const { code, stderr } = await runFmg(["list", "--status", "succes"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean:  fmg list --status success");
  });

  test("--mine shows pipelines of commits by who is called like the token, from as many pages as it takes", async () => {
    const by = (id: number, author: string) => aPipeline({ id, commit: { subject: "s", author, url: null } });
    await using server = await startFakeServer({
      pipelines: [by(9, "grace"), by(8, "Ada"), by(7, "grace"), by(6, "ada"), by(5, "ada")],
    });
    const list = (...args: string[]) => runFmg(["list", "--mine", "-q", ...args, "--server-url", server.url]);
    const [all, two] = await Promise.all([list(), list("--limit", "2")]);
    expect([all.stdout, two.stdout]).toEqual(["8\n6\n5\n", "8\n6\n"]);
  });
});
