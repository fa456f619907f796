import type { Attempt } from "./attempt.ts";
import { persistently } from "./persistently.ts";

/** An answer of ours is a few lines; more is not read. */
const longestAnswer = 100_000;

/** Runs a short `sh` script of ours in the container, and returns what it printed. Arguments are `$1`, `$2`… */
export function askContainer(
  attempt: Attempt,
  script: string,
  options: { readonly args?: readonly string[]; readonly user?: string },
  signal: AbortSignal,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { engine, name } = attempt;
  const command = {
    argv: ["sh", "-c", script, "sh", ...(options.args ?? [])],
    environment: [],
    ...(options.user === undefined ? {} : { user: options.user }),
  };
  return persistently(signal, async () => {
    const answer = { stdout: "", stderr: "" };
    for await (const { stream, bytes } of engine.exec(name, command, signal)) {
      if (answer[stream].length < longestAnswer) answer[stream] += Buffer.from(bytes).toString("utf8");
    }
    return answer;
  });
}
