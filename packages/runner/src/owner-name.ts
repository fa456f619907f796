import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Names a process across reboots and reused pids: host boot, pid namespace, pid, start time. A successor in the same
 * boot and namespace can tell at once whether the owner of a lease is dead (architecture, section 5).
 */
export function ownerName(pid: number = process.pid): string {
  return [hostName(), pid, startTime(pid) ?? "0"].join("/");
}

/** Whether the named process is certainly dead: it lived where we live, and is gone or its pid belongs to another. */
export function isDeadOwner(owner: string): boolean {
  const [host, pid, started] = owner.split("/");
  if (host !== hostName() || pid === undefined || !/^\d+$/.test(pid)) return false;
  const now = startTime(Number(pid));
  return now === undefined || (started !== "0" && now !== started);
}

function hostName(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}:${readlinkSync("/proc/self/ns/pid").replaceAll(/\D/g, "")}`;
  } catch {
    // No /proc (macOS): pids of one host name are one world.
    return hostname();
  }
}

/** The start tick of a process, "0" where the system does not tell, undefined when no such process lives. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    try {
      process.kill(pid, 0);
      return "0";
    } catch {
      return undefined;
    }
  }
}
