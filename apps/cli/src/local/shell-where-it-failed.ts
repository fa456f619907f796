import { openShell, type ContainerEngine, type RunJobInput } from "@fmg/runner";
import { takeOver, tellSize } from "../take-over-terminal.ts";

let sessions = 0;

/** Puts this terminal on a shell in the attempt's container, with the environment of a step, until the person leaves it. */
export async function shellWhereItFailed(
  engine: ContainerEngine,
  input: RunJobInput,
  step: number | undefined,
): Promise<void> {
  const { columns, rows } = process.stdout;
  const size = { columns: columns || 80, rows: rows || 24 };
  const shell = await openShell(
    engine,
    input,
    { session: ++sessions, step, size },
    AbortSignal.timeout(30_000),
  );
  const far = {
    write: (bytes: Uint8Array) => shell.write(bytes),
    resize: (to: typeof size) => void shell.resize(to).catch(() => undefined),
  };
  tellSize(far);
  const release = takeOver(far);
  try {
    for await (const bytes of shell.output) process.stdout.write(bytes);
  } finally {
    release();
    await shell.close();
  }
}
