import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readProgress, type DrivenInput, type DrivenStep } from "./drive-job.ts";

const driver = new URL("./drive-job.ts", import.meta.url).pathname;

/** An attempt that is carried out by processes which come and go. */
export interface DrivenJob {
  /** Starts an owner, and returns once it has begun. */
  startOwner(): Promise<Owner>;
  outcome(): { status: string; reason?: string; message?: string } | "handed-over" | undefined;
  progress(): DrivenStep[];
  /** The committed bytes of a step's log. */
  log(index: number): Buffer;
  close(): void;
}

export interface Owner {
  readonly process: ChildProcess;
  /** Resolves with what it wrote on stderr. */
  readonly ended: Promise<string>;
}

export async function driveJob(input: DrivenInput): Promise<DrivenJob> {
  const directory = await mkdtemp(join(tmpdir(), "fmg-driven-"));
  writeFileSync(join(directory, "input.json"), JSON.stringify(input));
  const outcomePath = join(directory, "outcome.json");
  const owners: ChildProcess[] = [];
  return {
    async startOwner() {
      rmSync(outcomePath, { force: true });
      const child = spawn(process.execPath, ["--conditions=@fmg/source", driver, directory], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      owners.push(child);
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const ended = once(child, "close").then(() => stderr);
      await Promise.race([once(child.stdout, "data"), ended]);
      return { process: child, ended };
    },
    outcome: () =>
      (existsSync(outcomePath) ? JSON.parse(readFileSync(outcomePath, "utf8")) : undefined) as never,
    progress: () => readProgress(directory),
    log(index) {
      const step = readProgress(directory).find((known) => known.index === index);
      const path = join(directory, "logs", "1", `${index}.log`);
      return existsSync(path) ? readFileSync(path).subarray(0, step?.storedLength ?? 0) : Buffer.alloc(0);
    },
    close() {
      for (const owner of owners) owner.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
