import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, jest, test } from "@jest/globals";

import { commands } from "./commands.ts";
import { exitCodes } from "./errors.ts";
import { fixtureOf } from "./testing/doc-fixtures.ts";
import { commandCalled, sampleBlocks, type SampleBlock } from "./testing/doc-samples.ts";
import { startFakeServer } from "./testing/fake-server.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(120_000);

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = join(root, "apps/cli/bin/run.js");
const document = await readFile(join(root, "docs/cli.md"), "utf8");
const blocks = sampleBlocks(document);
const names = Object.keys(commands);
/** As the document calls the server. */
const documentedUrl = "http://localhost:5000";

describe("docs/cli.md", () => {
  test("shows every command at work, and none that there is not", () => {
    const lines = blocks.flatMap(({ samples }) => samples.map(({ command }) => command));
    const shown = new Set(lines.map((line) => commandCalled(line, names)));
    expect(names.filter((name) => !shown.has(name))).toEqual([]);
    expect(lines.filter((line) => commandCalled(line, names) === undefined)).toEqual([]);
  });

  test("has every code of an error with its exit code", () => {
    const rows = [...document.matchAll(/^\| (\d+) +\| (`.*?`) +\|/gm)];
    const documented = rows.flatMap(([, exit, codes]) =>
      codes!.split(", ").map((code) => [code.replaceAll("`", ""), Number(exit)]),
    );
    expect(Object.fromEntries(documented)).toEqual(exitCodes);
  });

  test("names a test that runs the command for each sample that is not run here", async () => {
    for (const { testedBy, samples, line } of blocks) {
      if (testedBy === undefined) continue;
      const source = await readFile(join(root, testedBy), "utf8");
      const words = samples.map(({ command }) => commandCalled(command, names)!.split(" "));
      for (const word of words.flat())
        expect({ line, source }).toMatchObject({ source: expect.stringMatching(`"${word}[" ]`) });
    }
  });

  test.each(
    blocks
      .filter(({ testedBy }) => testedBy === undefined)
      .map((block) => [block.section, block.line, block] as const),
  )("prints what it says, section %s, line %i", async (_, __, block) => {
    const printed = await runBlock(block);
    expect(printed).toEqual(
      block.samples.map(({ command, output }) => ({ command, output: normalised(output) })),
    );
  });
});

/** Runs a block's commands one after the other as a shell does, in a folder and with a server of their own. */
async function runBlock({
  samples,
  section,
  line,
}: SampleBlock): Promise<{ command: string; output: string }[]> {
  const { files = {}, server: state, isServed = true } = fixtureOf(section, samples[0]!.command);
  await using server = await startFakeServer(state);
  const url = isServed ? server.url : await unusedUrl();
  const folder = await mkdtemp(join(tmpdir(), `fmg-docs-${line}-`));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const printed = [];
    for (const { command } of samples) {
      const output = await shell(command.replaceAll(documentedUrl, url), { folder, url });
      printed.push({ command, output: normalised(output.replaceAll(url, documentedUrl)) });
    }
    return printed;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What stands on the terminal after the command: both of its streams in the order of their writing. */
function shell(command: string, { folder, url }: { folder: string; url: string }): Promise<string> {
  const fmg = `fmg() { "${process.execPath}" --conditions=@fmg/source "${bin}" "$@"; }`;
  // A server that was named on the command line before stands in a profile.
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    TERM: "xterm",
    FMG_DATA_DIR: folder,
    BROWSER: "true",
  };
  const server =
    command.includes("login") || command.includes("profile") || command.includes("whoami")
      ? {}
      : { FMG_SERVER_URL: url };
  return new Promise((resolve) => {
    const child = execFile(
      "bash",
      ["-c", `${fmg}\n{ ${command}\n} 2>&1`],
      { cwd: folder, env: { ...env, ...server }, timeout: 60_000 },
      (_, stdout) => resolve(stdout),
    );
    child.stdin!.end();
  });
}

/** Widths of columns hang on the server's address, which is another one here; a release changes the version. */
function normalised(output: string): string {
  return output.replaceAll(/(?<=\S) {2,}/g, "  ").replaceAll(/\b(fmg|server) \d+\.\d+\.\d+\b/gi, "$1 X.Y.Z");
}

async function unusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
