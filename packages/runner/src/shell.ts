import { execEnvironment, secretsOf } from "./attempt.ts";
import type { ContainerEngine, TerminalSize } from "./engine/container-engine.ts";
import type { RunJobInput } from "./job-input.ts";
import { resourceName } from "./names.ts";
import { createMasker, maskedNeedles } from "./output/masker.ts";
import { shellCommand } from "./row/shell-command.ts";

/** A person's shell in an attempt's container. */
export interface Shell {
  /** What it writes, secrets masked as in a log; ends with the shell. */
  readonly output: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): void;
  resize(size: TerminalSize): Promise<void>;
  /** After its end; undefined when nobody knows. */
  exitCode(): Promise<number | undefined>;
  /** Ends it, and every process that was started from it. Safe to repeat. */
  close(): Promise<void>;
}

export interface ShellOptions {
  /** Tells this shell's processes from the job's and from another shell's. */
  readonly session: number;
  /** The step whose environment and directory it gets, by its index; undefined: the job's. */
  readonly step: number | undefined;
  readonly size: TerminalSize;
}

const closingTimeoutMs = 10_000;
const markName = "FMG_DEBUG_SESSION";

/**
 * Opens a shell in the container of an attempt that runs or is kept, with the environment of its steps. Throws
 * `container_failed` when the container is not there, or has no shell.
 */
export async function openShell(
  engine: ContainerEngine,
  input: RunJobInput,
  { session, step, size }: ShellOptions,
  signal: AbortSignal,
): Promise<Shell> {
  const name = resourceName(input.instance, input.attemptId);
  const stepPlan = step === undefined ? undefined : input.plan.steps[step - 1];
  const command = {
    argv: ["sh", "-c", shellCommand(input.plan, stepPlan)],
    environment: [
      { name: "TERM", value: "xterm-256color" },
      ...execEnvironment(input),
      { name: markName, value: String(session) },
    ],
  };
  const terminal = await engine.openTerminal(name, command, size, signal);
  const needles = maskedNeedles(secretsOf(input));
  return {
    output: masked(terminal.output, needles),
    write: (bytes) => terminal.write(bytes),
    resize: (to) => terminal.resize(to),
    exitCode: () => terminal.exitCode(),
    async close() {
      terminal.close();
      await endProcesses(engine, name, session);
    },
  };
}

async function* masked(
  output: AsyncIterable<Uint8Array>,
  needles: readonly Buffer[],
): AsyncGenerator<Uint8Array> {
  const masker = createMasker(needles);
  try {
    for await (const chunk of output) yield masker.push(chunk).bytes;
  } catch {
    // The connection was closed, by us or by the daemon: that is the shell's end.
  }
  yield masker.finish().bytes;
}

/** A shell whose connection is gone may live on, with what it started: they all bear its mark. */
const killMarked = `for folder in /proc/[0-9]*; do
  if tr '\\0' '\\n' <"$folder/environ" 2>/dev/null | grep -qx "$1"; then kill -9 "\${folder#/proc/}" 2>/dev/null; fi
done`;

async function endProcesses(engine: ContainerEngine, name: string, session: number): Promise<void> {
  const argv = ["sh", "-c", killMarked, "sh", `${markName}=${session}`];
  try {
    const output = engine.exec(name, { argv, environment: [] }, AbortSignal.timeout(closingTimeoutMs));
    for await (const _ of output) continue;
  } catch {
    // The container is gone, and they with it.
  }
}
