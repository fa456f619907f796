/** One entry of a tar. Names are relative to where the tar is unpacked. */
export interface TarEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink";
  readonly mode: number;
  /** Owner; root unless told. */
  readonly uid?: number;
  readonly gid?: number;
  /** A file's bytes, a symlink's target. */
  readonly content?: Uint8Array | string;
}

const blockBytes = 512;
const typeFlags = { file: "0", directory: "5", symlink: "2" } as const;
const longestName = 100;

/** A small tar in memory (ustar): what the runner itself puts into a container. Names are at most 100 bytes. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const body = entry.kind === "file" ? Buffer.from(entry.content ?? "") : Buffer.alloc(0);
    return [header(entry, body.length), body, Buffer.alloc(padding(body.length))];
  });
  // Two empty blocks end a tar.
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const name = entry.kind === "directory" ? `${entry.name}/` : entry.name;
  const target = entry.kind === "symlink" ? String(entry.content) : "";
  if (Buffer.byteLength(name) > longestName || Buffer.byteLength(target) > longestName) {
    throw new Error(`a tar header has no room for the name ${name}`);
  }
  block.write(name, 0);
  block.write(octal(entry.mode, 8), 100);
  block.write(octal(entry.uid ?? 0, 8), 108);
  block.write(octal(entry.gid ?? 0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(Math.floor(Date.now() / 1000), 12), 136);
  block.write(typeFlags[entry.kind], 156);
  block.write(target, 157);
  block.write("ustar", 257);
  block.write("00", 263);
  // The checksum counts its own field as eight spaces.
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}
