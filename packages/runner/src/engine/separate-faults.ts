import type { ExecOutput } from "./container-engine.ts";

const longestFault = 2_000;

/** Only stdout carries frames; stderr has faults of the container's shell, kept for an error's message. */
export async function* separateFaults(
  output: AsyncIterable<ExecOutput>,
  faults: { text: string },
): AsyncGenerator<Uint8Array> {
  for await (const { stream, bytes } of output) {
    if (stream === "stdout") yield bytes;
    else if (faults.text.length < longestFault) faults.text += Buffer.from(bytes).toString("utf8");
  }
}
