import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { awaitState } from "../await-state.ts";
import type { StoredStatus } from "../fake-github/fake-github.ts";
import { repoRoot } from "../repo-root.ts";
import { raiseStage, type Stage } from "./raise-stage.ts";
import type { ServerFacts } from "./stage-message.ts";

// `./scripts/demo.sh`, after its set-up: a push becomes a green commit, with no GitHub account. It raises the stage
// (stage.ts), follows what happens through the fmg command as a user would, and clears everything away.

const PIPELINE_WITHIN_MS = 120_000;
const STATUSES_WITHIN_MS = 15_000;

process.exitCode = await main({ keep: process.argv.includes("--keep") });

async function main({ keep }: { keep: boolean }): Promise<number> {
  const stage = raiseStage();
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      interrupted = true;
      stage.lower();
    });
  }
  try {
    const server = await demonstrate(stage);
    if (keep && !interrupted) {
      sayHowToUse(server, stage.pid);
      stage.keep();
      return 0;
    }
    say("stopping it all");
    stage.lower();
    await stage.gone();
    return interrupted ? 130 : 0;
  } catch (error) {
    const problems = new Set([interrupted ? "interrupted" : messageOf(error)]);
    stage.lower();
    await stage.gone().catch((other: unknown) => problems.add(messageOf(other)));
    for (const problem of problems) process.stderr.write(`Error: ${problem}\n`);
    return interrupted ? 130 : 1;
  }
}

async function demonstrate(stage: Stage): Promise<ServerFacts> {
  const startedAt = performance.now();
  say("starting API (with embedded Redis and SQLite), orchestrator, a git server and a fake GitHub");
  const server = await stage.told("ready");
  say(`FMG listens at ${server.url} (started in ${seconds(startedAt)})`);
  const { image, why } = await stage.told("image");
  say(`the jobs' image is ${image} (${why})`);
  const pushedAt = performance.now();
  const { pipelineId, sha, repository } = await stage.told("pushed");
  say(`pushed ${sha.slice(0, 7)} to ${repository}: the signed webhook made pipeline ${pipelineId}`);

  await showFmg(["logs", String(pipelineId), "--follow"], server);
  const status = await endOfPipeline(pipelineId, server);
  const took = seconds(pushedAt);
  await showFmg(["list"], server);
  await showFmg(["list", "--json"], server);
  await showFmg(["logs", String(pipelineId)], server);
  showStatuses(sha, await finalStatuses(stage));
  if (status !== "success") throw new Error(`pipeline ${pipelineId} ended as ${status}, not as success`);
  say(`from the push to the end of the pipeline: ${took}`);
  return server;
}

/** Runs fmg from its sources, on the demo's server, as the reader of this terminal could. */
async function showFmg(words: readonly string[], server: ServerFacts): Promise<void> {
  process.stdout.write(`\n$ fmg ${words.join(" ")}\n`);
  const fmg = spawn(process.execPath, ["--conditions=@fmg/source", "apps/cli/bin/run.js", ...words], {
    cwd: repoRoot,
    env: { ...process.env, FMG_SERVER_URL: server.url, FMG_TOKEN: server.token },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(fmg, "exit")) as [number | null];
  if (code !== 0) throw new Error(`fmg ${words.join(" ")} ended with exit code ${code}`);
}

async function endOfPipeline(id: number, server: ServerFacts): Promise<string> {
  const { status } = await awaitState({
    what: `the end of pipeline ${id}`,
    read: async () => {
      const answer = await fetch(`${server.url}/api/v1/pipelines/${id}`, {
        headers: { authorization: `Bearer ${server.token}` },
      });
      return (await answer.json()) as { status: string };
    },
    judge: (pipeline) =>
      ["success", "failure", "error", "canceled", "skipped"].includes(pipeline.status)
        ? "reached"
        : "waiting",
    deadlineMs: PIPELINE_WITHIN_MS,
  });
  return status;
}

/** Statuses leave through an outbox: the last of them may come a moment after the pipeline's end. */
function finalStatuses(stage: Stage): Promise<readonly StoredStatus[]> {
  return awaitState({
    what: "the final commit statuses",
    read: async () => {
      stage.ask("statuses");
      return (await stage.told("statuses")).statuses;
    },
    judge: (statuses) =>
      statuses.length > 0 && statuses.every(({ state }) => state !== "pending") ? "reached" : "waiting",
    deadlineMs: STATUSES_WITHIN_MS,
  });
}

function showStatuses(sha: string, statuses: readonly StoredStatus[]): void {
  process.stdout.write(`\nStatuses of commit ${sha.slice(0, 7)} at the fake GitHub:\n`);
  for (const { state, context, description, targetUrl } of statuses) {
    process.stdout.write(`  ${state.padEnd(8)} ${context}  ${description ?? ""}  ${targetUrl ?? ""}\n`);
  }
  process.stdout.write("\n");
}

function sayHowToUse({ url, token, dataDir }: ServerFacts, stagePid: number): void {
  process.stdout.write(`
FMG goes on running, its data in ${dataDir}. Use it from another shell, in this folder:
  export PATH="${dirname(process.execPath)}:$PATH" FMG_SERVER_URL=${url} FMG_TOKEN=${token}
  node_modules/.bin/fmg list
The API's description:  ${url}/docs
Stop it, and remove all that it made:
  kill ${stagePid}
`);
}

function say(sentence: string): void {
  process.stderr.write(`==> ${sentence}\n`);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}
