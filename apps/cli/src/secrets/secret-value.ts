import { readFile } from "node:fs/promises";

import { CliError } from "../errors.ts";
import { askHidden } from "../prompts.ts";
import type { Ui } from "../ui.ts";

/** As long as the server takes. */
const mostCharacters = 32_768;

/** Where a value comes from; never from the command line, where every process of the machine could read it. */
export interface ValueWanted {
  readonly name: string;
  readonly fromFile: string | undefined;
  /** What stood on the command line behind the name, by mistake. */
  readonly typed: string | undefined;
  /** `fmg secret set` */
  readonly command: string;
}

/** Reads the value of a secret: from a file as it is, from a pipe without the newline at its end, or by a hidden question. */
export async function readValue(ui: Ui, wanted: ValueWanted): Promise<string> {
  const { command, name } = wanted;
  const pipe = `From a pipe:  ${command} ${name} < file        From a file:  ${command} ${name} --from-file file`;
  if (wanted.typed !== undefined) {
    const message = "a value is not taken from the command line, where others on this machine can read it";
    throw new CliError("usage", message, [pipe, "Take that value as known by others, and replace it."]);
  }
  const value = await valueFrom(ui, wanted, pipe);
  if (value === "") throw new CliError("usage", `the value of ${name} is empty`, [pipe]);
  if (value.length <= mostCharacters) return value;
  throw new CliError("usage", `the value of ${name} is longer than ${mostCharacters} characters`, [
    "Keep what is larger elsewhere, and let the job fetch it with a token that is kept here.",
  ]);
}

async function valueFrom(ui: Ui, { fromFile, name }: ValueWanted, pipe: string): Promise<string> {
  if (fromFile !== undefined) return readWhole(fromFile);
  if (!process.stdin.isTTY) return (await readStdin()).replace(/\r?\n$/, "");
  if (ui.canPrompt) return askHidden(ui, `Value of ${name}`);
  throw new CliError("usage", `the value of ${name} is missing`, [pipe]);
}

async function readWhole(file: string): Promise<string> {
  try {
    return asText(await readFile(file), file);
  } catch (thrown) {
    if (thrown instanceof CliError) throw thrown;
    throw new CliError(
      "usage",
      `${file} cannot be read: ${(thrown as Error).message}`,
      ["Name a file that this user may read:  --from-file <file>"],
      { cause: thrown },
    );
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    // Whatever it is, it is no secret: it need not be read to its end.
    if (bytes > 4 * mostCharacters) break;
  }
  return asText(Buffer.concat(chunks), "standard input");
}

function asText(bytes: Uint8Array, from: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (thrown) {
    const hints = ["Encode it first, and let the job decode it:  base64 file | fmg secret set …"];
    throw new CliError("usage", `${from} is no UTF-8 text`, hints, { cause: thrown });
  }
}
