import type { Attempt } from "./attempt.ts";
import { persistently } from "./persistently.ts";
import { staticProgramPath } from "./row/step-program.ts";

/** An answer of ours is a few lines; more is not read. */
const longestAnswer = 100_000;

/** The same question as a script, whose arguments are `$1`, `$2`…, and as words for the static program. */
export interface Question {
  readonly sh: string;
  readonly program: readonly string[];
}

/** Runs something short of ours in the container, and returns what it printed. */
export function askContainer(
  attempt: Attempt,
  question: Question,
  options: { readonly args?: readonly string[]; readonly user?: string },
  signal: AbortSignal,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { engine, name } = attempt;
  const command = {
    argv: askingArgv(attempt, question, options.args ?? []),
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

function askingArgv({ program }: Attempt, question: Question, args: readonly string[]): readonly string[] {
  if (program === "sh") return ["sh", "-c", question.sh, "sh", ...args];
  return [staticProgramPath, ...question.program];
}
