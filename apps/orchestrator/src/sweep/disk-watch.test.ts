import { expect, test } from "@jest/globals";
import { openDiskWatch, type ReadDisk } from "./disk-watch.ts";

const MIB = 2 ** 20;

/** Disks of 1000 blocks of a MiB, with so many of them free; the clock stands still but where a test moves it. */
function watch(free: Record<string, number>, watermark: Parameters<typeof openDiskWatch>[1]) {
  let now = 0;
  let reads = 0;
  const readDisk: ReadDisk = async (path) => {
    reads++;
    const bavail = free[path];
    if (bavail === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    return { bavail, blocks: 1000, bsize: MIB };
  };
  const disk = openDiskWatch(["/data", "/docker"], watermark, { now: () => now, readDisk });
  return { disk, later: () => (now += 1000), reads: () => reads };
}

test("a disk with less than the watermark is told, with what it has and what it should have", async () => {
  const { disk } = watch({ "/data": 900, "/docker": 499 }, { bytes: 500 * MIB });
  expect(await disk.low()).toBe("499 MB are free at /docker, and FMG_DISK_WATERMARK asks for 500 MB");
});

test("a watermark may be a share of the disk", async () => {
  expect(await watch({ "/data": 50 }, { share: 0.05 }).disk.low()).toBeUndefined();
  expect(await watch({ "/data": 49 }, { share: 0.05 }).disk.low()).toContain("asks for 50 MB");
});

test("a folder that is not on this machine is not watched", async () => {
  expect(await watch({ "/data": 900 }, { bytes: 500 * MIB }).disk.low()).toBeUndefined();
});

test("a burst asks the disk once, and space that is back is seen a second later", async () => {
  const free = { "/data": 1, "/docker": 900 };
  const { disk, later, reads } = watch(free, { bytes: 500 * MIB });
  await Promise.all([disk.low(), disk.low(), disk.low()]);
  expect(reads()).toBe(1);
  free["/data"] = 900;
  expect(await disk.low()).toBeDefined();
  later();
  expect(await disk.low()).toBeUndefined();
});
