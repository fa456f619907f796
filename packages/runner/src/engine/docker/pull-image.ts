import { FmgError } from "@fmg/core";

import type { RegistryCredentials } from "../container-engine.ts";
import { DaemonRefusal, type Daemon } from "./daemon.ts";

/** What the daemon says of one layer. */
interface PullLine {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** Layers in motion change many times a second; a summary this often shows that it goes on. */
const summaryIntervalMs = 5_000;
/** A line of the daemon's progress is short; more than this without a newline is something else. */
const longestLine = 1_000_000;

/** Pulls an image, telling what changes; `image_pull_failed` has the daemon's own words. */
export async function pullImage(
  daemon: Daemon,
  reference: string,
  credentials: RegistryCredentials | undefined,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const answer = await daemon.stream(
      {
        method: "POST",
        path: "/images/create",
        query: { fromImage: withTag(reference) },
        ...(credentials === undefined ? {} : { registryAuth: credentials }),
        doing: `pulling the image ${reference}`,
      },
      signal,
    );
    const tell = progressTeller(onProgress);
    for await (const line of jsonLines(answer)) tell(line, reference);
  } catch (thrown) {
    if (!(thrown instanceof DaemonRefusal)) throw thrown;
    throw pullFailed(reference, thrown.message, thrown);
  }
}

/** Without a tag or digest the daemon would pull every tag there is. */
export function withTag(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  return name.includes(":") || name.includes("@") ? reference : `${reference}:latest`;
}

function progressTeller(onProgress: (line: string) => void): (line: PullLine, reference: string) => void {
  const layers = new Map<string, { current: number; total: number }>();
  let lastSummary = performance.now();
  return ({ id, status, error, progressDetail }, reference) => {
    if (error !== undefined) throw pullFailed(reference, error);
    if (status === undefined) return;
    const isInMotion = /^(Downloading|Extracting|Waiting|Verifying Checksum|Pulling fs layer)$/.test(status);
    if (!isInMotion) onProgress(id === undefined ? status : `${id}: ${status}`);
    if (status !== "Downloading" || id === undefined) return;
    layers.set(id, { current: progressDetail?.current ?? 0, total: progressDetail?.total ?? 0 });
    if (performance.now() - lastSummary < summaryIntervalMs) return;
    lastSummary = performance.now();
    const sum = (field: "current" | "total"): number =>
      [...layers.values()].reduce((total, layer) => total + layer[field], 0);
    onProgress(`${Math.round(sum("current") / 1e6)} of ${Math.round(sum("total") / 1e6)} MB downloaded`);
  };
}

async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PullLine> {
  let rest = "";
  for await (const chunk of chunks) {
    rest += Buffer.from(chunk).toString("utf8");
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) throw new Error("the daemon's progress has a line without an end");
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as PullLine;
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as PullLine;
}

function pullFailed(reference: string, said: string, cause?: unknown): FmgError {
  return new FmgError("image_pull_failed", `The image ${reference} could not be pulled: ${said}`, { cause });
}
