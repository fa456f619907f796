import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Attempt, Client, Job, Pipeline, Test } from "@fmg/client";

import { hasFailed } from "../choose-job.ts";
import type { JobsMeant, LabelledJob } from "../jobs-meant.ts";
import { lastLinesOf } from "../log/last-lines.ts";

/** What a person, a script or an agent needs to know of what failed. */
export interface Explanation {
  readonly pipeline: Pipeline;
  readonly failures: readonly Failure[];
  /** The newest pipeline before it on its branch that succeeded; null: none of the last hundred. */
  readonly lastGood: { readonly id: number; readonly sha: string } | null;
  /** Between that commit and this one; null where the folder here has not both. */
  readonly changedFiles: readonly string[] | null;
}

/** One job, or one node of it, that failed. */
export interface Failure {
  readonly job: string;
  readonly label: string;
  /** Null: the job has one node. */
  readonly node: number | null;
  readonly reason: string | null;
  readonly message: string | null;
  /** The first step that failed; null: none did. */
  readonly step: {
    readonly index: number;
    readonly name: string;
    readonly exitCode: number | null;
    readonly logBytes: number;
  } | null;
  readonly lastLines: readonly string[];
  readonly tests: {
    readonly failed: readonly Pick<Test, "name" | "classname" | "file" | "message" | "flaky">[];
  };
  /** All its failing tests passed and failed on one commit before. */
  readonly knownFlake: boolean;
  /** Further reasons, a sentence each: a cache that was missed, a service that died. */
  readonly causes: readonly string[];
}

/** How much is told, and where the repository may be checked out. */
export interface ExplainOptions {
  readonly lines: number;
  readonly folder: string;
}

const mostTests = 100;
const newestLooked = 100;

/** Gathers why a pipeline failed, from what the server has and from the checkout that is here. */
export async function explainPipeline(
  client: Client,
  { pipeline, meant }: JobsMeant,
  { lines, folder }: ExplainOptions,
): Promise<Explanation> {
  const failed = meant.filter(({ job }) => hasFailed(job));
  const failures = failed.flatMap((each) => failedNodes(each).map((node) => ({ each, node })));
  const lastGood = await lastGoodBefore(client, pipeline);
  return {
    pipeline,
    failures: await Promise.all(failures.map(({ each, node }) => failureOf(client, each, node, lines))),
    lastGood,
    changedFiles: lastGood === null ? null : await changedFiles(folder, lastGood.sha, pipeline.sha),
  };
}

/** A job that failed before anything ran has no attempt to look at. */
function failedNodes({ job }: LabelledJob): readonly (Attempt | undefined)[] {
  const bad = job.attempts.filter(({ status }) => status === "failure" || status === "error");
  return bad.length === 0 ? [undefined] : bad;
}

async function failureOf(
  client: Client,
  { job, label }: LabelledJob,
  attempt: Attempt | undefined,
  lines: number,
): Promise<Failure> {
  const step = attempt === undefined ? null : await failedStep(client, attempt.id);
  const failing = await failingTests(client, job, attempt);
  const { causes } = await client.whyJob({ params: { id: job.id } });
  return {
    job: job.name,
    label,
    node: attempt === undefined || attempt.nodeTotal < 2 ? null : attempt.nodeIndex,
    reason: attempt?.reason ?? job.reason,
    message: attempt?.message ?? job.message,
    step,
    lastLines:
      attempt === undefined || step === null
        ? []
        : await lastLinesOf(client.readLog({ attemptId: attempt.id }, { step: step.index }), lines),
    tests: { failed: failing },
    knownFlake: failing.length > 0 && failing.every(({ flaky }) => flaky),
    // The step's own sentence is the message.
    causes: causes.filter(({ kind }) => kind !== "step").map(({ message }) => message),
  };
}

async function failedStep(client: Client, attemptId: number): Promise<Failure["step"]> {
  const { items } = await client.listSteps({ params: { id: attemptId } });
  const step = items.find(
    ({ status, background }) => !background && (status === "failure" || status === "error"),
  );
  if (step === undefined) return null;
  const { index, name, exitCode, logBytes } = step;
  return { index, name, exitCode, logBytes };
}

async function failingTests(
  client: Client,
  job: Job,
  attempt: Attempt | undefined,
): Promise<Explanation["failures"][number]["tests"]["failed"]> {
  const query = { result: "failure", limit: mostTests } as const;
  const { items } = await client.listTests({ params: { id: job.id }, query });
  return items
    .filter(({ nodeIndex }) => attempt === undefined || nodeIndex === attempt.nodeIndex)
    .map(({ name, classname, file, message, flaky }) => ({ name, classname, file, message, flaky }));
}

async function lastGoodBefore(
  client: Client,
  { id, repo, branch }: Pipeline,
): Promise<Explanation["lastGood"]> {
  if (branch === null) return null;
  const query = {
    repo: `${repo.owner}/${repo.name}`,
    branch,
    status: "success",
    limit: newestLooked,
  } as const;
  const good = (await client.listPipelines({ query })).items.find((each) => each.id < id);
  return good === undefined ? null : { id: good.id, sha: good.sha };
}

/** By the git of this machine, if it has one and the folder both commits. */
async function changedFiles(folder: string, from: string, to: string): Promise<readonly string[] | null> {
  try {
    const args = ["-C", folder, "diff", "--name-only", "-z", "--no-ext-diff", from, to, "--"];
    const { stdout } = await promisify(execFile)("git", args, { maxBuffer: 2 ** 24 });
    return stdout.split("\0").filter((name) => name !== "");
  } catch {
    // No git, no checkout, or one that has not fetched the commits: the server's facts are told all the same.
    return null;
  }
}
