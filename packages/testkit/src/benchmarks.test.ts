import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { repoRoot } from "./repo-root.ts";

test("every benchmark loads as `pnpm bench` loads it, outside of the test runner", async () => {
  const folder = join(repoRoot, "packages/testkit/bench");
  // These two are processes: loading one runs it.
  const processes = ["main.ts", "bare-webhook-server.ts"];
  const modules = (await readdir(folder)).filter((name) => !processes.includes(name));

  const script = `for (const name of ${JSON.stringify(modules)}) await import("${folder}/" + name); console.log("loaded");`;
  const args = ["--conditions=@fmg/source", "--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, timeout: 30_000 });

  expect(stdout).toBe("loaded\n");
}, 60_000);
