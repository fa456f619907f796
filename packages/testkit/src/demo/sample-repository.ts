import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repoRoot } from "../repo-root.ts";

/** The files of the demo's repository: the config that the project's README shows, on another image, and a README. */
export async function sampleFiles(image: string): Promise<Record<string, string>> {
  return {
    ".circleci/config.yml": withImage(await readmeConfig(), image),
    "README.md": "# Hello\n\nA small repository whose pushes are built by FMG.\n",
  };
}

/** The first YAML block of the project's README: what a reader copies is what the demo runs. */
export async function readmeConfig(): Promise<string> {
  const readme = await readFile(join(repoRoot, "README.md"), "utf8");
  const config = /^```yaml\n([^]*?)^```$/m.exec(readme)?.[1];
  if (config === undefined) throw new Error("README.md has no ```yaml block with the sample config");
  return config;
}

function withImage(config: string, image: string): string {
  return config.replace(/^(\s*- image: ).*$/m, `$1${image}`);
}
