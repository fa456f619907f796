import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EncryptionKey } from "@fmg/client";
import { describe, expect, jest, test } from "@jest/globals";

import { noSecrets } from "../testing/fake-secrets.ts";
import { startFakeServer, type FakeServer } from "../testing/fake-server.ts";
import { runFmg, startFmg, startFmgOnTerminal, type Ran, type RunOptions } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(120_000);

const secret = "npm_0123456789abcdef";

function fmg(server: FakeServer, line: string, input?: string, options: RunOptions = {}): Promise<Ran> {
  const args = [...line.split(" "), "--server-url", server.url];
  const running = startFmg(args, options);
  running.child.stdin?.end(input ?? "");
  return running.ended;
}

const valueOf = (server: FakeServer, owner: string, name: string) =>
  server.state.secrets.values.get(owner)?.get(name);

describe("fmg secret", () => {
  test("set takes the value from a pipe, list shows no value, and delete asks for --yes", async () => {
    await using server = await startFakeServer();
    const set = await fmg(server, "secret set NPM_TOKEN --repo octo/repo --debug", `${secret}\n`);
    await fmg(server, "secret set SHORT --repo octo/repo", "two\nlines\r\n");
    const listed = await fmg(server, "secret list --repo octo/repo");
    const refused = await fmg(server, "secret delete SHORT --repo octo/repo");
    const deleted = await fmg(server, "secret delete SHORT --repo octo/repo --yes --json");

    expect(set).toMatchObject({ code: 0, stdout: "Set NPM_TOKEN of octo/repo\n" });
    expect(set.stderr).not.toContain(secret);
    expect(valueOf(server, "octo/repo", "NPM_TOKEN")).toBe(secret);
    expect(listed.stdout).toBe(
      "NPM_TOKEN  …cdef  set 2024-06-01T12:00:00Z\nSHORT             set 2024-06-01T12:00:00Z\n",
    );
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("Add --yes.") });
    expect(JSON.parse(deleted.stdout)).toMatchObject({ name: "SHORT", hint: null });
    expect(valueOf(server, "octo/repo", "SHORT")).toBeUndefined();
  });

  test("set takes a file as it is, and the repository from the checkout", async () => {
    await using server = await startFakeServer();
    const folder = await mkdtemp(join(tmpdir(), "fmg-cli-secrets-"));
    await mkdir(join(folder, ".git"));
    await writeFile(join(folder, ".git", "HEAD"), "ref: refs/heads/main\n");
    await writeFile(
      join(folder, ".git", "config"),
      '[remote "origin"]\n\turl = git@github.com:octo/app.git\n',
    );
    await writeFile(join(folder, "key.pem"), "-----BEGIN-----\n\n");
    const { stdout } = await fmg(server, "secret set KEY --from-file key.pem", "", { cwd: folder });
    expect(stdout).toBe("Set KEY of octo/app\n");
    expect(valueOf(server, "octo/app", "KEY")).toBe("-----BEGIN-----\n\n");
    await rm(folder, { recursive: true });
  });

  test.each([
    [
      "a value on the command line",
      `secret set A ${secret} --repo octo/repo`,
      "",
      "is not taken from the command line",
    ],
    ["nothing", "secret set A --repo octo/repo", "", "the value of A is empty"],
    [
      "a file that is not there",
      "secret set A --repo octo/repo --from-file /none",
      "",
      "/none cannot be read",
    ],
    ["no repository", "secret set A", secret, "no repository is named"],
    ["what is no repository", "secret set A --repo octo", secret, '"octo" is not a repository'],
  ])("set with %s is wrong use, and sends nothing", async (_, line, input, message) => {
    await using server = await startFakeServer();
    const { code, stderr } = await fmg(server, line, input);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(stderr).not.toContain(secret);
    expect(server.requests).toEqual([]);
  });

  test("set asks on a terminal, and what is typed is not shown", async () => {
    await using server = await startFakeServer();
    const running = startFmgOnTerminal([
      "secret",
      "set",
      "A",
      "--repo",
      "octo/repo",
      "--server-url",
      server.url,
    ]);
    await running.sees("Value of A");
    running.child.stdin?.write(`${secret}\r`);
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout).toContain("Set A of octo/repo");
    expect(stdout).not.toContain(secret);
    expect(valueOf(server, "octo/repo", "A")).toBe(secret);
  });
});

test("fmg context creates, restricts, fills, shows, empties and deletes a context", async () => {
  await using server = await startFakeServer();
  const say = async (line: string, input?: string) => {
    const { code, stdout, stderr } = await fmg(server, `context ${line}`, input);
    return code === 0 ? stdout : `${code}: ${stderr.split("\n")[0]}`;
  };
  expect(await say("create deploy")).toBe("Created context deploy\n");
  expect(await say("restrict deploy --branch main")).toBe("deploy: for branch main\n");
  expect(await say("restrict deploy --project octo/repo")).toBe(
    "deploy: for branch main, project octo/repo\n",
  );
  expect(await say("restrict deploy")).toBe("2: Error: a restriction is missing");
  expect(await say("set deploy TOKEN", secret)).toBe("Set TOKEN of context deploy\n");
  expect(valueOf(server, "context deploy", "TOKEN")).toBe(secret);
  expect(await say("show deploy")).toBe(
    "deploy: for branch main, project octo/repo\nTOKEN  …cdef  set 2024-06-01T12:00:00Z\n",
  );
  expect(await say("list")).toBe("deploy  branch main, project octo/repo\n");
  expect(await say("unrestrict deploy --project Octo/Repo --yes")).toBe("deploy: for branch main\n");
  expect(await say("unrestrict deploy --tag v1 --yes")).toBe(
    "5: Error: context deploy has no restriction to tag v1",
  );
  expect(await say("unset deploy TOKEN --yes")).toBe("Deleted TOKEN of context deploy\n");
  expect(await say("delete deploy --yes")).toBe("Deleted context deploy\n");
  expect(server.state.secrets.contexts.size).toBe(0);
});

test("a secret in the pipe never stands for a name that was forgotten", async () => {
  await using server = await startFakeServer();
  for (const line of ["context set deploy", "context set", "secret set --repo octo/repo"]) {
    const { code, stdout, stderr } = await fmg(server, line, secret);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/ needs </);
    expect(stderr).not.toContain(secret);
  }
  expect(server.requests).toEqual([]);
});

test("fmg admin rotate-key waits until all is sealed anew, and says where it cannot be", async () => {
  const under: EncryptionKey = { newest: "new", older: ["old"], remaining: 2, missing: [] };
  const keyStates: EncryptionKey[] = [
    under,
    { ...under, remaining: 1 },
    { ...under, older: [], remaining: 0 },
  ];
  await using server = await startFakeServer({ secrets: { ...noSecrets(), keyStates } });
  const done = await runFmg(["admin", "rotate-key", "--server-url", server.url]);
  expect(done).toMatchObject({
    code: 0,
    stdout: "All secrets are sealed with key new; the old one is gone\n",
    stderr: expect.stringContaining("2 secrets are to be sealed anew"),
  });
  expect(server.requests).toEqual([
    "POST /api/v1/encryption-key/rotate",
    "GET /api/v1/encryption-key",
    "GET /api/v1/encryption-key",
  ]);
  keyStates.splice(0, 9, { ...under, missing: ["lost"] });
  const stuck = await runFmg(["admin", "rotate-key", "--server-url", server.url]);
  expect(stuck).toMatchObject({ code: 1, stderr: expect.stringContaining("keys that are missing: lost") });
});
