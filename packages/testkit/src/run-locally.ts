import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { runGit, type CommitInput } from "@fmg/git/testing";
import { repoRoot } from "./repo-root.ts";
import type { Stack } from "./stack.ts";

/** What came of a config, whoever ran it: as much as must be the same on a server and on a laptop. */
export interface Outcome {
  readonly status: string;
  /** By `workflow/job`. */
  readonly jobs: Readonly<Record<string, JobOutcome>>;
  /** `file:line:column` of what is wrong with the config. */
  readonly diagnostics: readonly string[];
}

interface JobOutcome {
  readonly status: string;
  readonly reason: string | null;
  /** Name, status and exit code of each step, by node. */
  readonly nodes: readonly (readonly (readonly [string, string, number | null])[])[];
}

interface LocalStep {
  readonly name: string;
  readonly status: string;
  readonly exitCode: number | null;
  readonly log: string | null;
}

interface Diagnosed {
  readonly severity: string;
  readonly range: {
    readonly file: string;
    readonly start: { readonly line: number; readonly column: number };
  };
}

/** The document of `fmg run --json`. */
interface LocalRun {
  readonly status?: string;
  readonly error?: { readonly message: string };
  readonly diagnostics?: readonly Diagnosed[];
  readonly workflows?: readonly {
    readonly name: string;
    readonly jobs: readonly {
      readonly name: string;
      readonly status: string;
      readonly reason: string | null;
      readonly attempts: readonly { readonly steps: readonly LocalStep[] }[];
    }[];
  }[];
}

export interface LocalResult {
  readonly outcome: Outcome;
  /** The log of all steps of a job. */
  readonly jobLog: (job: string) => Promise<string>;
}

export interface LocalOptions {
  readonly repository: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** So many times, in the same folder; the last one counts. */
  readonly times?: number;
  /** Arguments of further runs in the same folder after it; then the last of them counts. */
  readonly again?: readonly (readonly string[])[];
}

/** Runs a repository's files by `fmg run` in a checkout of their own; `use` looks at what came of it before all is removed. */
export async function runLocally(
  files: CommitInput["files"],
  { repository, args = [], env = {}, times = 1, again = [] }: LocalOptions,
  use: (result: LocalResult) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fmg-local-"));
  try {
    const root = join(folder, "checkout");
    await writeFiles(root, files);
    await runGit(root, ["init", "-q", "-b", "main"]);
    await runGit(root, ["remote", "add", "origin", `https://git.test/${repository}.git`]);
    const run = { root, args, env: { ...env, XDG_CACHE_HOME: join(folder, "cache") } };
    for (let time = 1; time < times; time++) await runFmg(run);
    let document = await runFmg(run);
    for (const next of again) document = await runFmg({ ...run, args: next });
    await use({ outcome: outcomeOf(document), jobLog: (job) => logOf(document, job) });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function writeFiles(root: string, files: CommitInput["files"]): Promise<void> {
  await mkdir(root);
  if (files !== undefined && "folder" in files && typeof files["folder"] === "string") {
    await cp(files["folder"], root, { recursive: true });
    return;
  }
  for (const [path, content] of Object.entries(files ?? {})) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    const file = typeof content === "string" || Buffer.isBuffer(content) ? { content } : content;
    await writeFile(join(root, path), file.content, { mode: file.mode === "100755" ? 0o755 : 0o644 });
  }
}

async function runFmg({
  root,
  args,
  env,
}: {
  readonly root: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}): Promise<LocalRun> {
  const bin = join(repoRoot, "apps/cli/bin/run.js");
  const { PATH, HOME, DOCKER_HOST } = process.env;
  const fmg = spawn(process.execPath, ["--conditions=@fmg/source", bin, "run", "--json", ...args], {
    cwd: root,
    env: { PATH, HOME, ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([text(fmg.stdout), text(fmg.stderr)]);
  try {
    return JSON.parse(output) as LocalRun;
  } catch {
    throw new Error(`fmg run printed no JSON: ${output}${errors}`);
  }
}

function outcomeOf({ status = "error", workflows = [], diagnostics = [] }: LocalRun): Outcome {
  const jobs = workflows.flatMap((workflow) =>
    workflow.jobs.map((job): [string, JobOutcome] => {
      const nodes = job.attempts.map(({ steps }) => steps.map(stepOf));
      return [`${workflow.name}/${job.name}`, { status: job.status, reason: job.reason, nodes }];
    }),
  );
  return { status, jobs: Object.fromEntries(jobs), diagnostics: errorsOf(diagnostics) };
}

function stepOf({ name, status, exitCode }: Pick<LocalStep, "name" | "status" | "exitCode">) {
  return [name, status, exitCode] as const;
}

function errorsOf(diagnostics: readonly Diagnosed[]): string[] {
  return diagnostics.filter(({ severity }) => severity === "error").map(placeOf);
}

function placeOf({ range: { file, start } }: Diagnosed): string {
  return `${file}:${start.line}:${start.column}`;
}

async function logOf({ workflows = [] }: LocalRun, name: string): Promise<string> {
  const jobs = workflows.flatMap((workflow) => workflow.jobs).filter((job) => job.name === name);
  const steps = jobs.flatMap(({ attempts }) => attempts.flatMap((attempt) => attempt.steps));
  // A step that said nothing has no file.
  const logs = steps.flatMap(({ log }) => (log === null ? [] : [readFile(log, "utf8").catch(() => "")]));
  return (await Promise.all(logs)).join("");
}

/**
 * What came of a pipeline on the server. Jobs that a rerun carried over stand with the steps of their first run, or without
 * any, as they do for `fmg run --from`, which is a run of its own.
 */
export async function serverOutcome(
  stack: Stack,
  pipelineId: number,
  carriedOver: "with-steps" | "without-steps" = "with-steps",
): Promise<Outcome> {
  const { client } = stack;
  const pipeline = await client.getPipeline({ params: { id: pipelineId } });
  const jobs = await Promise.all(
    (await stack.jobs(pipelineId)).map(async (job): Promise<[string, JobOutcome]> => {
      const isShown = job.carriedFrom === null || carriedOver === "with-steps";
      const nodes = (isShown ? job.attempts : []).map(async ({ id }) => {
        const { items } = await client.listSteps({ params: { id } });
        return items.map(stepOf);
      });
      const { status, reason } = job;
      return [`${job.workflow.name}/${job.name}`, { status, reason, nodes: await Promise.all(nodes) }];
    }),
  );
  const { status, diagnostics } = pipeline;
  return { status, jobs: Object.fromEntries(jobs), diagnostics: errorsOf(diagnostics) };
}
