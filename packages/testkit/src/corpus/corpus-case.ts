import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import type { BuildJobPlan, PipelinePlan, StepPlan } from "@fmg/core";
import type { FileContent } from "@fmg/git/testing";
import { compileWithOrbs, orbFolder } from "@fmg/parser/node";

/** A real config that this host can run with stand-ins, and what its repository needs to have. */
export interface CorpusCase {
  readonly name: string;
  readonly files: Readonly<Record<string, FileContent>>;
  readonly images: readonly string[];
  readonly machineImages: readonly string[];
  readonly contexts: readonly string[];
}

const pipeline = new Map<string, string | number | boolean | null>([
  ["pipeline.git.branch", "main"],
  ["pipeline.git.tag", null],
  ["pipeline.project.type", "github"],
]);

/** Those of the corpus that compile, start a job on `main` and ask for no other host than Docker. */
export async function readCorpusCases(folder: string): Promise<readonly CorpusCase[]> {
  const found = [];
  for (const file of readdirSync(join(folder, "configs")).sort()) {
    const text = readFileSync(join(folder, "configs", file), "utf8");
    const vendored = orbFolder(join(folder, "orbs"));
    const compiled = await compileWithOrbs(text, { file, pipeline }, vendored, AbortSignal.timeout(60_000));
    if (compiled.kind !== "compiled" || compiled.plan.setup) continue;
    const jobs = jobsOf(compiled.plan);
    if (jobs.length === 0 || jobs.some(({ executor }) => executor.kind === "macos")) continue;
    const images = distinct(
      jobs.flatMap(({ executor }) =>
        executor.kind === "docker" ? executor.images.map(({ image }) => image) : [],
      ),
    );
    // Nothing can stand in for an image that is named by its digest.
    if (images.some((image) => image.includes("@"))) continue;
    found.push({
      name: file.replace(/\.yml$/, ""),
      files: { ".circleci/config.yml": text, ...contentOf(jobs) },
      images,
      machineImages: distinct(
        jobs.flatMap(({ executor }) => (executor.kind === "machine" ? [executor.image ?? "default"] : [])),
      ),
      contexts: distinct(
        compiled.plan.workflows.flatMap(({ jobs: all }) =>
          all.flatMap((job) => (job.kind === "build" ? job.contexts : [])),
        ),
      ),
    });
  }
  return found;
}

function jobsOf(plan: PipelinePlan): BuildJobPlan[] {
  return plan.workflows
    .flatMap(({ jobs }) => jobs)
    .filter((job): job is BuildJobPlan => job.kind === "build" && job.leftOut === undefined);
}

/** What the steps find in the repository: programs that do nothing, and a line in each file and folder that is read. */
function contentOf(jobs: readonly BuildJobPlan[]): Record<string, FileContent> {
  const steps = jobs.flatMap((job) => job.steps);
  const commands = steps.flatMap((step) => (step.kind === "run" ? [step.command] : []));
  const programs = commands.flatMap((command) => pathsIn(command, program));
  const folders = [
    ...commands.flatMap((command) => pathsIn(command, changedFolder)),
    ...steps.flatMap((step) => (step.kind === "run" ? [step.workingDirectory ?? ""] : [])),
    ...steps.flatMap((step) =>
      step.kind === "persist-to-workspace" ? step.paths.map((path) => posix.join(step.root, path)) : [],
    ),
  ];
  const read = steps.flatMap((step) => keysOf(step).flatMap((key) => pathsIn(key, checksum)));
  const files = distinct([...programs, ...read].filter(isInside).map((path) => posix.normalize(path)));
  const needed = [...files, ...distinct(folders.filter(isInside)).map((path) => posix.join(path, "stub"))];
  const isFolder = (path: string): boolean => needed.some((other) => other.startsWith(`${path}/`));
  return Object.fromEntries(
    needed.filter((path) => !isFolder(path)).map((path) => [path, { content: stubProgram, mode: "100755" }]),
  );
}

const stubProgram = '#!/bin/sh\necho "stub: $0 $*"\n';
const program =
  /(?:^|[\s;&|(])((?:\.\/)?[\w.-]+(?:\/[\w.-]+)*\.sh|\.\/[\w.-]+(?:\/[\w.-]+)*)(?=$|[\s;&|)])/gm;
const changedFolder = /\bcd ([\w./-]+)/g;
const checksum = /checksum "([^"]+)"/g;

function pathsIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, path = ""]) => path);
}

function keysOf(step: StepPlan): readonly string[] {
  if (step.kind === "save-cache") return [step.key.text];
  return step.kind === "restore-cache" ? step.keys.map(({ text }) => text) : [];
}

/** A path in the repository: nothing absolute, no pattern, nothing above it. */
function isInside(path: string): boolean {
  const normal = posix.normalize(path);
  return (
    /^[\w.-]+(\/[\w.-]+)*\/?$/.test(normal) && !normal.startsWith("..") && normal !== "." && normal !== "./"
  );
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}
