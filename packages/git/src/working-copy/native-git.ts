import { spawn } from "node:child_process";
import { buffer, text } from "node:stream/consumers";
import { FmgError } from "@fmg/core";

/** The user's own git, in one folder and with variables of ours. */
export interface NativeGit {
  /** What it prints; throws `clone_failed` with its own words when it fails. */
  (args: readonly string[], options?: { readonly input?: Buffer }): Promise<Buffer>;
}

/** Variables by which a hook's git would be led to another repository or index than the folder's. */
const ofHooks = /^GIT_(?!SSH|ASKPASS|CONFIG|TRACE)/;

/** Opens git in a folder. Its own settings count (ignored files), a hook's variables do not. */
export function openNativeGit(
  folder: string,
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): NativeGit {
  const inherited = Object.entries(process.env).filter(([name]) => !ofHooks.test(name));
  const env = { ...Object.fromEntries(inherited), GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", ...variables };
  return async (args, { input } = {}) => {
    const git = spawn("git", [...args], { cwd: folder, env, signal, stdio: "pipe" });
    git.stdin.on("error", () => {
      // It may end before it has read its input; its exit code tells.
    });
    git.stdin.end(input ?? "");
    const exited = new Promise<number | null>((resolve, reject) => {
      git.once("error", reject);
      git.once("close", resolve);
    });
    const [output, errors, code] = await Promise.all([buffer(git.stdout), text(git.stderr), exited]).catch(
      (thrown: unknown) => {
        throw missing(thrown, folder);
      },
    );
    if (code === 0) return output;
    const said = errors.trim() === "" ? `it exited with ${code}` : errors.trim();
    throw new FmgError("clone_failed", `git ${args[0]} failed in ${folder}: ${said}`);
  };
}

/** Whether there is a git here. */
export function hasNativeGit(): Promise<boolean> {
  const git = spawn("git", ["--version"], { stdio: "ignore" });
  return new Promise((resolve) =>
    git.once("error", () => resolve(false)).once("close", (code) => resolve(code === 0)),
  );
}

function missing(thrown: unknown, folder: string): unknown {
  if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") return thrown;
  const message = `${folder} is a git repository, but there is no git here to read it. Install git.`;
  return new FmgError("clone_failed", message, { cause: thrown });
}
