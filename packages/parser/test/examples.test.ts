import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, jest, test } from "@jest/globals";

// Each example is a process of its own.
jest.setTimeout(60_000);

const run = promisify(execFile);
const folder = fileURLToPath(new URL("..", import.meta.url));
const pages = ["packages/parser/README.md", "docs/parser.md"];

/** The examples of a page: each block of code, and the block of output behind it. */
async function examplesOf(page: string): Promise<{ code: string; output: string }[]> {
  const text = await readFile(new URL(`../../../${page}`, import.meta.url), "utf8");
  const blocks = text.matchAll(/^```ts\n(.*?)^```\n\n```text\n(.*?)^```$/gms);
  return Array.from(blocks, ([, code = "", output = ""]) => ({ code, output }));
}

describe.each(pages)("the examples of %s", (page) => {
  test("print what the page says", async () => {
    const examples = await examplesOf(page);
    expect(examples.length).toBeGreaterThan(0);
    for (const { code, output } of examples) {
      // As a reader of the page would: by the package's name, from its own folder.
      const options = ["--conditions=@fmg/source", "--input-type=module-typescript", "--eval", code];
      const { stdout } = await run(process.execPath, options, { cwd: folder });
      expect(stdout).toBe(output);
    }
  });
});
