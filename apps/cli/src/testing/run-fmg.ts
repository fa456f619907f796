import { spawn, type ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const deadlineMs = 60_000;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A running fmg: what it printed so far, and its end. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves once all of stdout and stderr (or a terminal's screen) holds the text. */
  sees(text: string): Promise<void>;
  /** The same, so many times. */
  seesTimes(text: string, times: number): Promise<void>;
  readonly ended: Promise<Ran>;
}

/** Runs `fmg` to its end through bin/run.js, from its sources, in a process of its own and without a terminal. */
export function runFmg(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return startFmg(args, options).ended;
}

export function startFmg(args: readonly string[], options: RunOptions = {}): Running {
  return watch(process.execPath, ["--conditions=@fmg/source", bin, ...args], options);
}

/** Runs `fmg` on a real terminal (by script of util-linux); both of its streams come as `stdout`. */
export function startFmgOnTerminal(
  args: readonly string[],
  options: RunOptions & { readonly tail?: string; readonly columns?: number } = {},
): Running {
  const words = [process.execPath, "--conditions=@fmg/source", bin, ...args].map((word) => `'${word}'`);
  const size = options.columns === undefined ? "" : `stty cols ${options.columns}; `;
  const command = `${size}${words.join(" ")} ${options.tail ?? ""}`;
  return watch("script", ["-qefc", command, "/dev/null"], options);
}

function watch(file: string, args: readonly string[], { env = {}, cwd = tmpdir() }: RunOptions): Running {
  const child = spawn(file, args, {
    cwd,
    env: { PATH: process.env["PATH"], HOME: tmpdir(), TERM: "xterm", ...env },
    stdio: "pipe",
    timeout: deadlineMs,
  });
  let [stdout, stderr] = ["", ""];
  let look = (): void => {};
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("latin1");
    look();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("latin1");
    look();
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout: fromLatin1(stdout), stderr: fromLatin1(stderr) }));
  });
  const seesTimes = (text: string, times: number): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => {
        // Latin1, as the chunks come.
        if ((stdout + stderr).split(Buffer.from(text).toString("latin1")).length > times) resolve();
      };
      look();
      ended.then(
        ({ code }) => reject(new Error(`ended with ${code} before "${text}": ${stdout}${stderr}`)),
        reject,
      );
    });
  return { child, ended, seesTimes, sees: (text) => seesTimes(text, 1) };
}

function fromLatin1(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}
