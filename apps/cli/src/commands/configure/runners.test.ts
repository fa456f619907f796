import { describe, expect, jest, test } from "@jest/globals";

import { startFakeServer } from "../../testing/fake-server.ts";
import { runFmg } from "../../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const addedAt = "2024-06-01T12:00:00.000Z";
const localhost = { id: 1, host: "localhost", status: "active", addedAt, lastSeenAt: addedAt } as const;
const remote = { id: 2, host: "10.0.0.5", status: "inactive", addedAt, lastSeenAt: null } as const;

describe("fmg configure", () => {
  test("list-runners prints a line for each runner", async () => {
    await using server = await startFakeServer({ runners: [localhost, remote] });
    const { code, stdout } = await runFmg(["configure", "list-runners", "--server-url", server.url]);
    expect(stdout).toBe("1: localhost [active]\n2: 10.0.0.5 [inactive]\n");
    expect(code).toBe(0);
  });

  test("list-runners --json is one document", async () => {
    await using server = await startFakeServer({ runners: [localhost] });
    const { stdout } = await runFmg(["configure", "--json", "list-runners", "--server-url", server.url]);
    expect(JSON.parse(stdout)).toEqual({ items: [localhost], next: null });
  });

  test("add-runner tells the new runner's number", async () => {
    const host = "build1.local";
    await using server = await startFakeServer({ runners: [localhost] });
    const { code, stdout } = await runFmg(["--server-url", server.url, "configure", "add-runner", host]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Added runner 2: build1.local\n" });
  });

  test("a host that is there already is a conflict", async () => {
    await using server = await startFakeServer({ runners: [localhost] });
    const { code, stderr } = await runFmg([
      "configure",
      "add-runner",
      "localhost",
      "--server-url",
      server.url,
    ]);
    expect(stderr).toBe(`Error: runner localhost exists already\n  Nothing was changed at ${server.url}.\n`);
    expect(code).toBe(6);
  });

  test("remove-runner forgets it, once it is told that it may", async () => {
    await using server = await startFakeServer({ runners: [localhost, remote] });
    const remove = (...args: string[]) =>
      runFmg(["configure", "remove-runner", "2", ...args, "--server-url", server.url]);
    expect(await remove("--yes")).toEqual({ code: 0, stdout: "Removed runner 2: 10.0.0.5\n", stderr: "" });
    expect((await remove()).code).toBe(2);
    expect(server.requests).toEqual(["DELETE /api/v1/runners/2"]);
  });

  test("add-runner without a host says so", async () => {
    const { code, stderr } = await runFmg(["configure", "add-runner"]);
    expect(stderr).toBe(
      "Error: fmg configure add-runner needs <host>\n  How it is used:  fmg configure add-runner --help\n",
    );
    expect(code).toBe(2);
  });

  test("what cannot be a host name is exit code 2", async () => {
    await using server = await startFakeServer();
    const args = ["configure", "add-runner", "http://build1", "--server-url", server.url];
    const { code, stderr } = await runFmg(args);
    expect(stderr).toContain('Error: "http://build1" is not a host name\n');
    expect(code).toBe(2);
  });
});
