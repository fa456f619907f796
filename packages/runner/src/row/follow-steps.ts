import { FmgError, isFmgError } from "@fmg/core";

import { assertRunning } from "../assert-running.ts";
import type { Attempt } from "../attempt.ts";
import { separateFaults } from "../engine/separate-faults.ts";
import { backOff, daemonPatienceMs } from "../persistently.ts";
import { parseFrames, type Frame } from "./parse-frames.ts";
import type { RowStep } from "./segments.ts";
import { volumePath } from "./step-command.ts";
import { staticProgramPath } from "./step-program.ts";

/** What a follower is to follow, the same each time that it attaches. */
export interface Following {
  /** Whether the job was still ok before these steps. */
  readonly ok: boolean;
  /** `started` steps are begun in their turn and not waited for. */
  readonly steps: readonly { readonly rowStep: RowStep; readonly mode: "awaited" | "started" }[];
  readonly onFrame: (
    frame: Exclude<Frame, { kind: "data" | "end" | "lost" }>,
    rowStep: RowStep,
  ) => Promise<void>;
  readonly onOutput: (rowStep: RowStep) => void;
}

/** Streams that break one after another without anything new, before the container counts as broken. */
const fruitlessTries = 10;
/** The same for a stream that does not keep to the protocol: that does not heal by waiting. */
const fruitlessBrokenTries = 3;

/**
 * Follows steps to the end of the list, starting what nobody has started: attaches to the container's follower from the stored
 * offsets, and again whenever the stream breaks, as long as the container runs. Whether a predecessor or a broken connection
 * came before makes no difference.
 */
export async function followSteps(
  attempt: Attempt,
  following: Following,
  signal: AbortSignal,
): Promise<void> {
  const { journal } = attempt;
  const pause = backOff();
  let fruitless = 0;
  let silentSince: number | undefined;
  for (;;) {
    const eventsBefore = journal.eventCount();
    let broken: unknown;
    let lost: FmgError | undefined;
    try {
      const end = await attachOnce(attempt, following, signal);
      if (end === "ended") return;
      if (end !== "broken") lost = end.lost;
      silentSince = undefined;
    } catch (thrown) {
      signal.throwIfAborted();
      // What the reporter throws is not the stream's.
      if (!isFmgError(thrown) || journal.failure() !== undefined) throw thrown;
      broken = thrown;
    }
    // The container itself tried for the better part of a minute.
    if (lost !== undefined) throw lost;
    if (isFmgError(broken, "docker_unavailable")) {
      silentSince ??= performance.now();
      if (performance.now() - silentSince > daemonPatienceMs) throw broken;
    } else {
      await assertRunning(attempt, signal);
      fruitless = journal.eventCount() > eventsBefore ? 0 : fruitless + 1;
      const limit = isFmgError(broken, "step_protocol_failed") ? fruitlessBrokenTries : fruitlessTries;
      if (fruitless >= limit)
        throw broken ?? new FmgError("container_failed", "The container no longer runs commands.");
    }
    if (journal.eventCount() > eventsBefore) pause.reset();
    await pause.wait(signal);
  }
}

async function attachOnce(
  attempt: Attempt,
  { ok, steps, onFrame, onOutput }: Following,
  signal: AbortSignal,
): Promise<"ended" | "broken" | { readonly lost: FmgError }> {
  const { engine, name, journal, program } = attempt;
  const byId = new Map(steps.map(({ rowStep }) => [rowStep.id, rowStep]));
  const list = steps.map(({ rowStep: { id, index }, mode }) =>
    mode === "started" ? `${id}:bg` : `${id}:${journal.log(index).rewind()}`,
  );
  const follower = `${volumePath}/s/follower-${steps[0]!.rowStep.id}-${steps[0]!.mode}`;
  const attach = program === "sh" ? ["sh", `${volumePath}/bin/attach`] : [staticProgramPath, "attach"];
  const argv = [...attach, follower, "follow", ok ? "ok" : "fail", ...list];
  const environment = attempt.environmentOf(steps[0]!.rowStep.index);
  const faults = { text: "" };
  const stdout = separateFaults(engine.exec(name, { argv, environment }, signal), faults);
  for await (const frame of parseFrames(stdout, new Set(byId.keys()))) {
    if (frame.kind === "end") return "ended";
    const rowStep = byId.get(frame.id)!;
    if (frame.kind === "lost") return { lost: lostStep(faults.text) };
    if (frame.kind !== "data") {
      await onFrame(frame, rowStep);
      continue;
    }
    onOutput(rowStep);
    const log = journal.log(rowStep.index);
    if (frame.offset !== log.received()) {
      throw new FmgError(
        "step_protocol_failed",
        `Output at ${frame.offset} follows that up to ${log.received()}.`,
      );
    }
    await log.write(frame.bytes);
    onOutput(rowStep);
  }
  if (faults.text === "") return "broken";
  throw new FmgError("container_failed", `The step program in the container failed: ${faults.text.trim()}`);
}

function lostStep(faults: string): FmgError {
  const said = faults.trim();
  return new FmgError(
    "container_failed",
    `No step could be started in the container: its disk is full, or its shell does not work. ${said}`.trim(),
  );
}
