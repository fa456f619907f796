import { createWriteStream } from "node:fs";
import { mkdir, realpath, rename, rm } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { CliError } from "./errors.ts";
import { plain } from "./ui.ts";

/** A job chose the name: it must not lead out of the folder, nor mean something else to this system. (SEC-15) */
export function isSafePath(path: string): boolean {
  const isForeign = process.platform === "win32" && /[\\:*?"<>|]/.test(path);
  return (
    !isForeign && !/\p{Cc}/u.test(path) && path.split("/").every((part) => !["", ".", ".."].includes(part))
  );
}

/** A file below a folder of the user's; its name is safe. */
export interface Target {
  readonly file: string;
  readonly folder: string;
}

/** Writes a file that is there under its name only when all of it is. Throws CliError where it cannot. */
export async function writeWhole(bytes: AsyncIterable<Uint8Array>, { file, folder }: Target): Promise<void> {
  const part = `${file}.fmg-part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await refuseLinks(dirname(file), folder);
    await rm(part, { force: true });
    await pipeline(Readable.from(bytes), createWriteStream(part, { flags: "wx" }));
    await rename(part, file);
  } catch (thrown) {
    await rm(part, { force: true }).catch(() => undefined);
    const { code, syscall } = thrown as NodeJS.ErrnoException;
    if (syscall === undefined) throw thrown;
    const hints = ["Another folder:  --out <folder>"];
    throw new CliError("failed", `cannot write ${plain(file)} (${code})`, hints, { cause: thrown });
  }
}

/** A link that lies in the folder already must not lead what is written elsewhere. */
async function refuseLinks(below: string, folder: string): Promise<void> {
  const [inner, outer] = await Promise.all([realpath(below), realpath(resolve(folder))]);
  if (inner === outer || inner.startsWith(`${outer}${sep}`)) return;
  throw new CliError("failed", `${plain(below)} is a link that leads out of ${plain(folder)}`, [
    "An empty folder:  --out <folder>",
  ]);
}
