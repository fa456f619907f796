import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import type * as Parser from "../src/index.ts";

// A browser starts slowly on a busy machine.
jest.setTimeout(90_000);

const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));

/** Bundles as for a web page; an import of a Node built-in fails the build. */
async function bundle(entryPoint: string): Promise<{ script: string; imports: readonly object[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    metafile: true,
    format: "iife",
    globalName: "parser",
    platform: "browser",
    target: "es2022",
    conditions: ["@fmg/source"],
    minify: true,
    logLevel: "silent",
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return { script: outputFiles[0]!.text, imports };
}

describe("the main entry", () => {
  test("needs nothing of Node, and nothing that is not in the bundle", async () => {
    const { script, imports } = await bundle(entry);
    expect(imports).toEqual([]);
    // A page has to load it.
    expect(script.length).toBeLessThan(400_000);
  });

  test("is not what the Node entry is: that one cannot be bundled", async () => {
    await expect(bundle(entry.replace("index.ts", "node/index.ts"))).rejects.toThrow(
      'Could not resolve "node:',
    );
  });
});

describe("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env["FMG_CHROMIUM_BIN"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  afterAll(() => browser?.close());

  test("a config is compiled and printed, a mistake is told at its place", async () => {
    const page = await browser.newPage();
    await page.addScriptTag({ content: (await bundle(entry)).script });
    const result = await page.evaluate(() => {
      const { compile, formatDiagnostic, printConfig } = (globalThis as unknown as { parser: typeof Parser })
        .parser;
      const config = (steps: string) =>
        `version: 2.1\njobs: { build: { docker: [{ image: a }], steps: ${steps} } }\nworkflows: { w: { jobs: [build] } }\n`;
      const run = (steps: string) => {
        const pipeline = new Map([["pipeline.git.branch", "main"]]);
        const compilation = compile(config(steps), { file: "c.yml", pipeline });
        if (compilation.kind === "compiled") return printConfig(compilation.config);
        return compilation.kind === "rejected" ? compilation.diagnostics.map((d) => formatDiagnostic(d)) : [];
      };
      return { right: run('[run: "echo << pipeline.git.branch >>"]'), wrong: run("[chekout]") };
    });
    expect(result.right).toContain("command: echo main\n");
    expect(result.wrong).toEqual([expect.stringContaining("Did you mean `checkout`?")]);
  });
});
