import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

import { aPipeline } from "../testing/builders.ts";
import { startFakeServer, type FakeServer } from "../testing/fake-server.ts";
import { startFmg, startFmgOnTerminal, type Ran } from "../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(120_000);

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fmg-profiles-"));
  file = join(home, "fmg", "config.json");
});
afterEach(() => rm(home, { recursive: true }));

function fmg(line: string, env: Readonly<Record<string, string>> = {}, input = ""): Promise<Ran> {
  const running = startFmg(line.split(" "), { env: { XDG_CONFIG_HOME: home, ...env } });
  running.child.stdin!.end(input);
  return running.ended;
}
const serve = (token: string, id: number): Promise<FakeServer> =>
  startFakeServer({ token, pipelines: [aPipeline({ id })] });

describe("a profile", () => {
  test("is made by fmg login, read by its owner alone, and used until fmg logout", async () => {
    await using server = await serve("t0ken", 5);
    const login = await fmg(`login --server-url ${server.url}`, {}, "t0ken\n");
    const whoami = await fmg("whoami");
    const list = await fmg("list -q");
    const logout = await fmg("logout");
    const after = await fmg("list -q", { FMG_DATA_DIR: home });

    expect(login).toEqual({
      code: 0,
      stdout: `Signed in to ${server.url} as "ada", may: read, trigger (profile default)\n`,
      stderr: "",
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(whoami.stdout).toBe(`ada at ${server.url}, may: read, trigger (token from profile default)\n`);
    expect(list.stdout).toBe("5\n");
    expect(logout.stdout).toBe(`Signed out of ${server.url} (profile default)\n`);
    expect(await readFile(file, "utf8")).not.toContain("t0ken");
    expect(after).toMatchObject({ code: 4, stderr: expect.stringContaining("fmg login") });
  });

  test("with a token that the server does not know is not kept", async () => {
    await using server = await serve("t0ken", 5);
    const { code, stderr } = await fmg(`login --server-url ${server.url}`, {}, "wr0ng");
    expect(code).toBe(4);
    expect(stderr).toContain("does not know the token from what was given");
    await expect(stat(file)).rejects.toThrow("ENOENT");
  });

  test("is chosen by --profile, which wins over variables, by FMG_PROFILE, or as the current one", async () => {
    await using one = await serve("t1", 1);
    await using two = await serve("t2", 2);
    await fmg(`login --profile one --server-url ${one.url}`, {}, "t1");
    await fmg(`login --profile two --server-url ${two.url}`, {}, "t2");
    const variables = { FMG_SERVER_URL: two.url, FMG_TOKEN: "t2" };
    const ids = [
      await fmg("list -q"),
      await fmg("--profile one list -q"),
      await fmg("list -q --profile one", variables),
      await fmg("list -q", { FMG_PROFILE: "one" }),
      await fmg("list -q", { FMG_PROFILE: "one", ...variables }),
    ].map(({ stdout }) => stdout.trim());
    expect(ids).toEqual(["2", "1", "1", "1", "2"]);
  });

  test("never gives its token to another server", async () => {
    await using one = await serve("t1", 1);
    await using other = await startFakeServer({ token: "t1" });
    await fmg(`login --server-url ${one.url}`, {}, "t1");
    expect((await fmg(`list --server-url ${other.url}`, { FMG_DATA_DIR: home })).code).toBe(4);
    expect((await fmg("list", { FMG_SERVER_URL: other.url, FMG_DATA_DIR: home })).code).toBe(4);
  });

  test("is listed, used, added and removed by fmg profile", async () => {
    const say = async (line: string): Promise<string> => {
      const { code, stdout, stderr } = await fmg(line);
      return code === 0 ? stdout : `${code}: ${stderr}`;
    };
    expect(await say("profile add work https://fmg.example.com/")).toBe(
      "Added profile work: https://fmg.example.com\n",
    );
    expect(await say("profile add home http://localhost:5000")).toContain("Added profile home");
    expect(await say("profile add home http://localhost:5000")).toMatch(
      /^6: Error: there is a profile "home"/,
    );
    expect(await say("profile use home")).toBe("fmg talks to http://localhost:5000 now (profile home)\n");
    expect(await say("profile list")).toBe(
      "   work  https://fmg.example.com  no token\n*  home  http://localhost:5000    no token\n",
    );
    expect(await say("profile list --format {{name}}={{current}}")).toBe("work=false\nhome=true\n");
    expect(await say("profile use hom")).toMatch(
      /^5: Error: there is no profile "hom"\n {2}Did you mean: {2}--profile home\n/,
    );
    expect(await say("profile remove home")).toMatch(/^2: .*Add --yes\./s);
    expect(await say("profile remove home --yes")).toContain("Removed profile home");
    expect(await say("profile list -q")).toBe("work\n");
    expect(await say("login --profile ../x")).toMatch(/^2: Error: "\.\.\/x" is not the name of a profile/);
  });

  test("file that is none says what to do", async () => {
    await mkdir(join(home, "fmg"));
    await writeFile(file, "{");
    const { code, stderr } = await fmg("list");
    expect(code).toBe(2);
    expect(stderr).toContain("holds no profiles");
    expect(stderr).toContain("fmg login");
  });

  test("gets its token by a hidden question on a terminal", async () => {
    await using server = await serve("t0ken", 5);
    const running = startFmgOnTerminal(["login", "--server-url", server.url], {
      env: { XDG_CONFIG_HOME: home },
    });
    await running.sees(`Token for ${server.url}`);
    running.child.stdin!.write("t0ken\r");
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout).toContain("Signed in to");
    expect(stdout).not.toContain("t0ken");
  });
});
