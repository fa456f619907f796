/** One member of a tar; names and targets are bytes written as latin1. */
export interface TarMember {
  readonly name: string;
  readonly type: "file" | "directory" | "symlink";
  readonly mode: number;
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow the header (files only). */
  readonly size: number;
  readonly target?: string;
}

const BLOCK = 512;
const NAME_BYTES = 100;
const typeFlags = { file: "0", symlink: "2", directory: "5" } as const;

/** The two empty blocks that end a tar. */
export const tarEnd = Buffer.alloc(2 * BLOCK);

/**
 * The header of a member, in the GNU form: a name or target over 100 bytes goes ahead as a member of its own. Unlike
 * pax, that form takes names that are not UTF-8, and Docker, GNU tar and busybox all read it.
 */
export function tarHeader(member: TarMember): Buffer {
  const blocks: Buffer[] = [];
  const target = member.target ?? "";
  if (target.length > NAME_BYTES) blocks.push(longValue("K", target));
  if (member.name.length > NAME_BYTES) blocks.push(longValue("L", member.name));
  blocks.push(headerBlock(member, typeFlags[member.type]));
  return Buffer.concat(blocks);
}

const zeros = Buffer.alloc(BLOCK);

/** The zeros that fill the last block of a content of `size` bytes. */
export function tarPadding(size: number): Buffer {
  return zeros.subarray(0, (BLOCK - (size % BLOCK)) % BLOCK);
}

function longValue(flag: "K" | "L", value: string): Buffer {
  const content = Buffer.from(`${value}\0`, "latin1");
  const member = { name: "././@LongLink", type: "file", mode: 0, mtime: 0, uid: 0, gid: 0 } as const;
  const header = headerBlock({ ...member, size: content.length }, flag);
  return Buffer.concat([header, content, tarPadding(content.length)]);
}

function headerBlock(member: TarMember, typeFlag: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(member.name.slice(0, NAME_BYTES), 0, "latin1");
  writeNumber(block, member.mode, 100, 8);
  writeNumber(block, member.uid, 108, 8);
  writeNumber(block, member.gid, 116, 8);
  writeNumber(block, member.size, 124, 12);
  writeNumber(block, member.mtime, 136, 12);
  block.write("        ", 148, "latin1");
  block.write(typeFlag, 156, "latin1");
  block.write((member.target ?? "").slice(0, NAME_BYTES), 157, "latin1");
  block.write("ustar  \0", 257, "latin1");
  let checksum = 0;
  // By number: an iterator over each header costs as much as all else of it.
  for (let at = 0; at < BLOCK; at++) checksum += block[at]!;
  block.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Octal where it fits, else GNU's binary form. */
function writeNumber(block: Buffer, value: number, at: number, width: number): void {
  const octal = value.toString(8);
  if (octal.length < width) {
    block.write(`${octal.padStart(width - 1, "0")}\0`, at, "latin1");
    return;
  }
  block.writeUInt8(0x80, at);
  block.writeBigUInt64BE(BigInt(value), at + width - 8);
  if (width === 8) block.writeUInt8(0x80, at);
}
