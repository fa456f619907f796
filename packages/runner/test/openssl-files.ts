import { execFile } from "node:child_process";
import { readFile, realpath } from "node:fs/promises";
import { promisify } from "node:util";

import type { TarEntry } from "../src/tar/write-tar.ts";

const run = promisify(execFile);

/** This machine's `openssl` with the libraries that it is linked to: a client that checks certificates, for a test's image. */
export async function opensslFiles(): Promise<TarEntry[]> {
  const program = "/usr/bin/openssl";
  const { stdout } = await run("ldd", [program]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
  return Promise.all(
    [program, ...libraries].map(async (path): Promise<TarEntry> => {
      const content = await readFile(await realpath(path));
      return { name: path.slice(1), kind: "file", mode: 0o755, content };
    }),
  );
}
