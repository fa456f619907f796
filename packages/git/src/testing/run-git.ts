import { spawn } from "node:child_process";
import { buffer, text } from "node:stream/consumers";

/** The environment that makes native git independent of the machine's and the user's settings. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    ...extra,
  };
}

/** Runs native git in `cwd` and returns what it prints; throws with its error text when it fails. */
export async function runGit(
  cwd: string,
  args: readonly string[],
  options: { input?: string | Buffer; env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  // A checkout that another user unpacked is not "dubious" here.
  const git = spawn("git", ["-c", "safe.directory=*", ...args], { cwd, env: gitEnvironment(options.env) });
  git.stdin.on("error", () => {
    // git may end before it has read its input; its exit code tells.
  });
  git.stdin.end(options.input ?? "");
  const exited = new Promise<number | null>((resolve, reject) => {
    git.once("error", reject);
    git.once("close", resolve);
  });
  const [output, errors, code] = await Promise.all([buffer(git.stdout), text(git.stderr), exited]);
  if (code !== 0)
    throw new Error(`git ${args.join(" ")} exited with ${code}: ${errors || output.toString()}`);
  return output.toString();
}
