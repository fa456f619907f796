import { FmgError } from "@fmg/core";

import { askContainer } from "../ask-container.ts";
import type { Attempt } from "../attempt.ts";
import { directoryWord } from "../row/sh-words.ts";

/** Who a container's steps run as. */
export interface StepUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Prints uid, gid and home with nothing but the shell. */
export const describeUser = `while read -r key _ value _; do
  case $key in Uid:) echo "uid $value" ;; Gid:) echo "gid $value" ;; esac
done </proc/self/status
echo "home $HOME"`;

/** Reads what `describeUser` printed. */
export function readUser(answer: { readonly stdout: string; readonly stderr: string }): StepUser {
  const find = (key: string): string => {
    const line = answer.stdout.split("\n").find((text) => text.startsWith(`${key} `));
    if (line !== undefined) return line.slice(key.length + 1);
    const said = (answer.stderr || answer.stdout).trim();
    throw new FmgError(
      "container_failed",
      `The container's shell does not work: ${said || "it says nothing"}`,
    );
  };
  return { uid: Number(find("uid")), gid: Number(find("gid")), home: find("home") };
}

/**
 * Makes the job's working directory where its user may not: as root, given to that user (R-WD-1). Also the first time that the
 * image's shell is asked for anything.
 */
export async function prepareHome(attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { workingDirectory } = attempt.input.plan;
  const directory = directoryWord(workingDirectory, "home");
  const question = {
    sh: `${describeUser}; mkdir -p ${directory} 2>/dev/null && [ -w ${directory} ] && echo made`,
    program: ["home", workingDirectory],
  };
  const answer = await askContainer(attempt, question, {}, signal);
  const { uid, gid, home } = readUser(answer);
  if (answer.stdout.includes("\nmade\n")) return;
  const gift = {
    sh: `HOME=$1; mkdir -p ${directory} && chown "$2:$3" ${directory}`,
    program: ["give", workingDirectory, home, String(uid), String(gid)],
  };
  const args = [home, String(uid), String(gid)];
  await askContainer(attempt, gift, { args, user: "0" }, signal);
}
