import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

import { CliError } from "../errors.ts";

/** A config as it was read, under the name that diagnostics use. */
export interface ConfigSource {
  readonly file: string;
  readonly text: string;
}

const defaultFile = ".circleci/config.yml";

/** Reads the given file, `-` as standard input, or the config of the working directory. */
export async function readSource(given: string | undefined): Promise<ConfigSource> {
  if (given === "-") return { file: "stdin", text: await text(process.stdin) };
  const file = given ?? defaultFile;
  try {
    return { file, text: await readFile(file, "utf8") };
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException, given === undefined);
  }
}

function unreadable(file: string, error: NodeJS.ErrnoException, byDefault: boolean): CliError {
  const other = byDefault
    ? ["Name another file:  fmg config validate path/to/config.yml"]
    : ["Name a file that is there, or - for standard input."];
  if (error.code === "ENOENT")
    return new CliError("usage", `there is no file ${file}`, other, { cause: error });
  if (error.code === "EISDIR") {
    const hint = `Name the file:  ${file.replace(/\/$/, "")}/${defaultFile}`;
    return new CliError("usage", `${file} is a folder`, [hint], { cause: error });
  }
  return new CliError("usage", `cannot read ${file}: ${error.message}`, other, { cause: error });
}
