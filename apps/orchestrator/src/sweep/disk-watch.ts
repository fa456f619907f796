import { statfs } from "node:fs/promises";
import { megabytes } from "@fmg/runner";

/** How much of a disk must be free for a job to start: bytes, or a share of the disk. */
export type Watermark = { readonly bytes: number } | { readonly share: number };

/** Looks whether the disks that jobs fill still have room. */
export interface DiskWatch {
  /** A sentence about the first disk that is below the watermark; undefined while all are above it. */
  low(options?: { readonly asked: "anew" }): Promise<string | undefined>;
}

/** The part of `statfs` that counts. */
export type ReadDisk = (path: string) => Promise<{ bavail: number; blocks: number; bsize: number }>;

/** A burst of attempts asks the disk once. */
const ASK_EVERY_MS = 1000;

/** Watches the disks that the folders lie on; a folder that is not on this machine is left out. */
export function openDiskWatch(
  folders: readonly string[],
  watermark: Watermark,
  options: { readonly now: () => number; readonly readDisk?: ReadDisk },
): DiskWatch {
  const readDisk: ReadDisk = options.readDisk ?? statfs;
  let asked: { readonly at: number; readonly answer: Promise<string | undefined> } | undefined;

  const look = async (): Promise<string | undefined> => {
    for (const folder of folders) {
      const disk = await readDisk(folder).catch(unlessElsewhere);
      if (disk === undefined) continue;
      const free = disk.bavail * disk.bsize;
      const wanted = "bytes" in watermark ? watermark.bytes : watermark.share * disk.blocks * disk.bsize;
      if (free < wanted) {
        return `${megabytes(free)} are free at ${folder}, and FMG_DISK_WATERMARK asks for ${megabytes(wanted)}`;
      }
    }
  };

  return {
    low(how) {
      const now = options.now();
      if (asked === undefined || how !== undefined || now - asked.at >= ASK_EVERY_MS)
        asked = { at: now, answer: look() };
      return asked.answer;
    },
  };
}

/** Docker's folder may be another machine's, or not ours to look at: what cannot be seen cannot be watched. */
function unlessElsewhere(error: unknown): undefined {
  const { code } = error as { code?: string };
  if (code !== "ENOENT" && code !== "EACCES") throw error;
}
