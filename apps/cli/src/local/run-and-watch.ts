import { join, relative, resolve } from "node:path";
import { currentWorkflows, type JobPlan } from "@fmg/core";
import type { JobControl } from "@fmg/runner";
import { CliError } from "../errors.ts";
import type { RunResult } from "./output/run-report.ts";
import type { PreparedRun } from "./prepare-run.ts";
import { interruptible, runOnce, type RunOptions, type RunPlace } from "./run-here.ts";
import type { Touches } from "./select-jobs.ts";
import { resultKey } from "./stores/earlier-results.ts";
import { watchTree } from "./watch-tree.ts";

/**
 * Runs, and runs again with every change: the jobs that it touches and what comes after them. A change while jobs run ends them
 * first. Goes on until it is interrupted.
 */
export function runAndWatch(place: RunPlace, options: RunOptions): Promise<number> {
  const { ui, project } = place;
  return interruptible(ui, async ({ control }) => {
    const tree = watchTree(project.root);
    const session = openSession(place, options);
    try {
      for (let changed: readonly string[] = []; !control.cancel.aborted;) {
        const round = new AbortController();
        const revision = await tree.revision();
        const change = tree.changedFrom(revision, control.cancel).finally(() => round.abort());
        const running = oneRound(place, { ...options, ...session.wish(changed) }, session, {
          cancel: AbortSignal.any([control.cancel, round.signal]),
          handOver: AbortSignal.any([control.handOver, round.signal]),
        });
        await Promise.race([running, change.catch(() => undefined)]);
        await running;
        if (!round.signal.aborted) ui.note("Waits for a change. Ctrl-C ends.");
        changed = await change.catch(() => []);
      }
    } finally {
      tree.close();
    }
    return 0;
  });
}

async function oneRound(
  place: RunPlace,
  options: RunOptions,
  session: Session,
  control: JobControl,
): Promise<void> {
  try {
    session.note(await runOnce(place, options, control));
  } catch (thrown) {
    tellOnly(place, thrown);
  }
}

/** Who edits a config breaks it now and then: that is told, and waited out. */
function tellOnly({ ui }: RunPlace, thrown: unknown): void {
  if (!(thrown instanceof CliError) || thrown.code === "interrupted") throw thrown;
  ui.note([`Error: ${thrown.message}`, ...thrown.hints.map((hint) => `  ${hint}`)].join("\n"));
}

interface Round {
  readonly prepared?: PreparedRun;
  readonly result?: RunResult;
}

/** What is known of the rounds so far: which jobs have succeeded since they were touched last, and by what plan. */
interface Session {
  /** What the next round runs. */
  wish(changed: readonly string[]): { readonly touches?: Touches };
  note(round: Round): void;
}

function openSession({ project }: RunPlace, { config }: RunOptions): Session {
  const configPath =
    config === undefined ? join(".circleci", "config.yml") : relative(project.root, resolve(config));
  const done = new Map<string, string>();

  return {
    wish(changed) {
      // The first round: all that is selected runs.
      if (changed.length === 0) return {};
      const isConfigAlone = changed.every((path) => path === configPath);
      return {
        touches: (workflow, job) => {
          const key = resultKey(workflow, job.name);
          const isTouched = done.get(key) !== planText(job) || (!isConfigAlone && readsTree(job));
          if (isTouched) done.delete(key);
          return isTouched;
        },
      };
    },
    note({ result }) {
      for (const { plan, jobs } of currentWorkflows(result?.run.workflows ?? [])) {
        for (const job of jobs) {
          const key = resultKey(plan.name, job.plan.name);
          if (job.status === "success") done.set(key, planText(job.plan));
          else done.delete(key);
        }
      }
    },
  };
}

/** A job without a checkout has nothing of the folder. */
function readsTree(job: JobPlan): boolean {
  return job.kind === "build" && job.steps.some(({ kind }) => kind === "checkout");
}

/** A job's plan without the places in the config, which move with every line above. */
function planText(job: JobPlan): string {
  return JSON.stringify(job, (key, value: unknown) => (key === "range" ? undefined : value));
}
