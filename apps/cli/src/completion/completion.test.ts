import { execFileSync } from "node:child_process";
import { describe, expect, jest, test } from "@jest/globals";

import { commands } from "../commands.ts";
import { runFmg } from "../testing/run-fmg.ts";
import { commandModel, type CommandModel } from "./command-model.ts";
import { completionScript } from "./shell-scripts.ts";

// Loading every command takes a while on a busy machine.
jest.setTimeout(60_000);

const model: CommandModel = await commandModel();

/** What bash offers at the end of a line, by the script itself. */
function offered(line: string): string[] {
  const words = line.split(" ");
  const array = words.map((word) => `'${word}'`).join(" ");
  const script = `${completionScript("bash", model)}
COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}; _fmg; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script]).toString().split("\n").filter(Boolean);
}

describe("completion in bash", () => {
  test.each([
    ["fmg lo", ["logs", "login", "logout"]],
    ["fmg config v", ["validate"]],
    ["fmg --server-url http://x --json config gr", ["graph"]],
    ["fmg --profile list li", ["list"]],
    ["fmg logs 5 build --no", ["--node", "--no-color", "--no-input"]],
    ["fmg logs config va", []],
    ["fmg trigger octo/repo --par", ["--param"]],
  ])("offers what may come next: %s", (line, words) => {
    expect(offered(line).sort()).toEqual([...words].sort());
  });

  test("knows every command and topic", () => {
    const first = new Set(Object.keys(commands).map((name) => name.split(" ")[0]));
    expect(new Set(offered("fmg "))).toEqual(first);
  });
});

describe("completion in zsh and fish", () => {
  test.each(["zsh", "fish"] as const)("%s has every command with its summary, and every flag", (shell) => {
    const script = completionScript(shell, model);
    for (const { name, flags } of model.commands) {
      expect(script).toContain(`'${name}'`);
      for (const { long } of flags)
        expect(script).toContain(shell === "zsh" ? `'${long}:` : `-l ${long.slice(2)} `);
    }
    // One stray quote would make a string of the rest of the script.
    for (const line of script.split("\n")) expect((line.match(/'/g)?.length ?? 0) % 2).toBe(0);
  });
});

test("fmg completion prints the script, and says which shells there are", async () => {
  const [bash, unknown] = await Promise.all([runFmg(["completion", "bash"]), runFmg(["completion", "tcsh"])]);
  expect(bash).toEqual({ code: 0, stdout: completionScript("bash", model), stderr: "" });
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("bash, zsh, fish") });
});
