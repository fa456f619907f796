import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const app = fileURLToPath(new URL("..", import.meta.url));
interface Ran {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-bin-"));
  await cp(join(app, "bin"), join(folder, "bin"), { recursive: true });
  await cp(join(app, "package.json"), join(folder, "package.json"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("bin/run.js", () => {
  test("runs the sources where nothing is built", async () => {
    await symlink(join(app, "src"), join(folder, "src"));
    expect(await run([], ["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^fmg \d/) });
  });

  test("runs the built CLI where there is one, unless the sources are asked for", async () => {
    await symlink(join(app, "src"), join(folder, "src"));
    await mkdir(join(folder, "dist"));
    await writeFile(join(folder, "dist", "main.js"), 'export const main = () => console.log("built");');
    expect(await run([], ["--version"])).toMatchObject({ stdout: "built\n" });
    expect(await run(["--conditions=@fmg/source"], ["--version"])).toMatchObject({
      stdout: expect.stringMatching(/^fmg \d/),
    });
  });

  test.each([
    [["--version"], []],
    [["configure", "--help"], []],
    [["profile", "list"], ["profile/list.ts"]],
  ])("%j loads no command but the one that is called", async (args, loaded) => {
    await symlink(join(app, "src"), join(folder, "src"));
    const hook = `import { registerHooks } from "node:module";
      registerHooks({ load: (url, context, next) => (process.stderr.write("loads " + url + "\\n"), next(url, context)) });`;
    const url = `data:text/javascript,${encodeURIComponent(hook)}`;
    const { code, stderr } = await run(["--import", url, "--conditions=@fmg/source"], args);
    const modules = [...stderr.matchAll(/^loads .*\/src\/(.*)$/gm)].map(([, name]) => name!);
    expect(modules).toContain("main.ts");
    expect(modules.filter((name) => name.startsWith("commands/"))).toEqual(
      loaded.map((name) => `commands/${name}`),
    );
    expect(code).toBe(0);
  });

  test("an old Node is told so before anything else is loaded", async () => {
    const pretend = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.19.0"})';
    const { code, stderr } = await run(["--import", pretend], ["list"]);
    expect(stderr).toMatch(
      /^Error: fmg needs Node\.js 24 or newer, and this is 20\.19\.0 \(.+\)\n {2}Install/,
    );
    expect(code).toBe(2);
  });
});

function run(nodeArgs: readonly string[], args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const command = [...nodeArgs, join(folder, "bin", "run.js"), ...args];
    execFile(process.execPath, command, { env: {} }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}
