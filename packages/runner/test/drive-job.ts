/**
 * A process that owns one attempt, as an orchestrator does: `node drive-job.ts DIRECTORY`. It goes on from what `progress.json` says,
 * keeps each event there, and writes `outcome.json` at the end. SIGTERM hands over, SIGUSR2 cancels, SIGHUP sets its clock a day ahead
 * and the next one a day back, SIGKILL is what it is made for.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Secret, type JobEvent, type StepProgress } from "@fmg/core";
import { openLogStore } from "@fmg/storage";

import { connectDocker, runJob, type RunJobInput } from "../src/index.ts";
import { memoryStores } from "../src/testing/memory-stores.ts";
import { writeTar, type TarEntry } from "../src/tar/write-tar.ts";

/** `input.json`: what can be written down of an input. */
export interface DrivenInput extends Omit<RunJobInput, "secrets" | "source" | "stores" | "progress"> {
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
}

export interface DrivenStep extends StepProgress {
  /** Bytes of the log that count; what stands beyond was never committed. */
  readonly storedLength: number;
}

if (process.argv[1] === import.meta.filename) await drive(process.argv[2] ?? ".");

async function drive(directory: string): Promise<void> {
  const path = (name: string): string => join(directory, name);
  const { secrets, ...input } = JSON.parse(readFileSync(path("input.json"), "utf8")) as DrivenInput;
  const progress = new Map(readProgress(directory).map((step) => [step.index, step]));
  const logs = openLogStore(path("logs"));
  for (const { index, storedLength } of progress.values()) await logs.truncate(1, index, storedLength);

  async function report(event: JobEvent): Promise<void> {
    if (event.kind === "image-resolved" || event.kind === "usage") return;
    const known = progress.get(event.step) ?? {
      index: event.step,
      status: "pending",
      rawOffset: 0,
      storedLength: 0,
    };
    if (event.kind === "log") await logs.append(1, event.step, known.storedLength, event.bytes);
    progress.set(event.step, after(known, event));
    // A rename is a commit: the file is the old one or the new one.
    writeFileSync(path("progress.tmp"), JSON.stringify([...progress.values()]));
    renameSync(path("progress.tmp"), path("progress.json"));
  }

  const handOver = new AbortController();
  const cancel = new AbortController();
  process.on("SIGTERM", () => handOver.abort());
  process.on("SIGUSR2", () => cancel.abort());
  process.on("SIGHUP", jumpClock());
  process.stdout.write("ready\n");
  const outcome = await runJob(
    connectDocker(),
    {
      ...input,
      secrets: secrets.map(({ name, value }) => ({ name, value: new Secret(value) })),
      progress: [...progress.values()],
      source: { asTar: aTree },
      stores: memoryStores(),
    },
    report,
    { handOver: handOver.signal, cancel: cancel.signal },
  );
  await logs.close();
  writeFileSync(path("outcome.json"), JSON.stringify(outcome));
}

/** Moves what `Date` says in this process, never the machine's own clock: each call further from where it was. (REL-15) */
function jumpClock(): () => void {
  const dayMs = 24 * 3_600_000;
  const trueNow = Date.now.bind(Date);
  let shiftMs = 0;
  Date.now = () => trueNow() + shiftMs;
  return () => void (shiftMs = shiftMs > 0 ? -dayMs : dayMs);
}

export function readProgress(directory: string): DrivenStep[] {
  try {
    return JSON.parse(readFileSync(join(directory, "progress.json"), "utf8")) as DrivenStep[];
  } catch {
    // The first of its owners.
    return [];
  }
}

function after(
  known: DrivenStep,
  event: Exclude<JobEvent, { kind: "image-resolved" | "usage" }>,
): DrivenStep {
  switch (event.kind) {
    case "step-started":
      return { ...known, status: "running", startedAt: event.at };
    case "log": {
      const { rawOffset, at } = event;
      return { ...known, rawOffset, lastOutputAt: at, storedLength: known.storedLength + event.bytes.length };
    }
    case "step-finished": {
      const { outcome, exitCode } = event;
      return { ...known, ...outcome, ...(exitCode === undefined ? {} : { exitCode }) };
    }
  }
}

/** A tree that takes a while to unpack, and that every owner gives the same. */
async function* aTree({
  uid,
  gid,
}: {
  readonly uid: number;
  readonly gid: number;
}): AsyncGenerator<Uint8Array> {
  const files = Array.from({ length: 50 }, (_, at): TarEntry => {
    return { name: `file-${at}`, kind: "file", mode: 0o644, uid, gid, content: Buffer.alloc(10_000, "x") };
  });
  yield writeTar([
    { name: ".git/HEAD", kind: "file", mode: 0o644, uid, gid, content: "ref: refs/heads/main\n" },
    ...files,
  ]);
}
