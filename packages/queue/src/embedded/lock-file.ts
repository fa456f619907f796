import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** A lock that this process holds. */
export interface Lock {
  release(): void;
}

/** Takes the lock, also from a dead process; undefined while a living one has it. */
export function takeLock(file: string): Lock | undefined {
  const mine = `${process.pid} ${startOf(process.pid) ?? ""}\n`;
  // Twice: once more after a dead holder's file was moved away.
  for (let round = 0; round < 2; round += 1) {
    try {
      writeFileSync(file, mine, { flag: "wx", mode: 0o600 });
      return { release: () => releaseOwn(file, mine) };
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EEXIST") throw error;
    }
    const holder = read(file);
    if (holder !== undefined && isAlive(holder)) return undefined;
    if (holder !== undefined) moveAway(file, holder);
  }
  return undefined;
}

function releaseOwn(file: string, mine: string): void {
  if (read(file) === mine) rmSync(file, { force: true });
}

/** Removes a dead holder's file. Renaming first: of two who see the dead one, only one may remove what is there then. */
function moveAway(file: string, dead: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    // Another process was faster.
    return;
  }
  // It had taken the lock between our look and our rename: give it back.
  if (read(aside) !== dead) linkSync(aside, file);
  rmSync(aside, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(holder: string): boolean {
  const [pid, started] = holder.trim().split(" ");
  if (pid === undefined || !/^\d+$/.test(pid)) return false;
  const now = startOf(Number(pid));
  if (now === undefined) return false;
  return started === undefined || started === "" || now === "" || started === now;
}

/** The start tick of a living process ("" where the system does not tell); undefined when there is none. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    // No /proc, or no such process: the next question tells which.
  }
  try {
    process.kill(pid, 0);
    return "";
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM" ? "" : undefined;
  }
}
