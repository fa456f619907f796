import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { connectDocker, demandOf, hostCapacity, type HostCapacity, type JobControl } from "@fmg/runner";
import { openLogStore, type LogStore } from "@fmg/storage";
import { askYesOrNo } from "../prompts.ts";
import { plain, type Ui } from "../ui.ts";
import { attemptEnd } from "./attempt-end.ts";
import type { RunRecord } from "./board.ts";
import { openContinuation } from "./continuation.ts";
import { carryOut, type RunListener, type Surroundings } from "./engine.ts";
import { variablesFor, type Variables } from "./env-file.ts";
import { openInstance, removeLeftovers } from "./leftovers.ts";
import type { LocalSettings } from "./local-settings.ts";
import { newRun } from "./new-records.ts";
import { openLiveOutput, type LineSink } from "./output/live-output.ts";
import type { RunResult } from "./output/run-report.ts";
import { isBuild, jobsToRun, type PreparedRun } from "./prepare-run.ts";
import type { Project } from "./project.ts";
import { keepResults, logFolder, openRunStores, sweepProject } from "./stores/run-stores.ts";

/** How a run is to go, beside what of the config runs. */
export interface ExecutionOptions {
  readonly variables: Variables;
  /** Names of jobs that are approved. */
  readonly approve: readonly string[];
  readonly approveAll: boolean;
  readonly keep: boolean;
  readonly shellOnFail: boolean;
  /** Undefined: `.fmg/artifacts` in the project. */
  readonly artifacts: string | undefined;
}

export interface Execution {
  readonly project: Project;
  readonly settings: LocalSettings;
  readonly options: ExecutionOptions;
  readonly prepared: PreparedRun;
  readonly control: JobControl;
}

/** Runs what was prepared on the local Docker, to its end or until it is interrupted, and leaves nothing there. */
export async function executeRun(ui: Ui, execution: Execution): Promise<RunResult> {
  const { project, settings, options, prepared, control } = execution;
  const engine = connectDocker();
  const capacity = await hostCapacity(engine);
  const removed = await removeLeftovers(engine, settings.stateRoot, project.root);
  if (removed > 0) ui.note(`Removed ${removed} containers and volumes that an earlier run left.`);
  await sweepProject(project, settings.cacheMaxBytes);
  const run = recordOf(execution, capacity);
  const stores = await openRunStores(project, {
    artifacts: options.artifacts,
    earlier: prepared.earlier,
    jobs: jobsToRun(prepared.selected).filter(isBuild),
  });
  const folder = logFolder(project, prepared.logNumber);
  const logs = openLogStore(folder);
  const live = openLiveOutput(run, sinkFor(ui));
  const instance = await openInstance(settings.stateRoot, project.root);
  try {
    await carryOut(run, {
      engine,
      capacity,
      settings,
      stores,
      instance: instance.name,
      trigger: prepared.trigger,
      projectUuid: project.uuid,
      jobUrl: pathToFileURL(stores.artifactFolder).href,
      source: sourceOf(prepared),
      listener: logged(live, logs),
      control,
      continuation: openContinuation(run, prepared.setup),
      variablesFor: (plan) => variablesFor(options.variables, plan),
      approve: (job) => approve(ui, job.plan.name, options),
      attemptEnded: attemptEnd(ui, engine, { ...options, control, hold: () => live.hold() }),
      now: () => Date.now(),
    });
  } finally {
    await logs.close();
    const isKept = options.keep && !control.cancel.aborted;
    await (isKept ? instance.keep() : instance.end(engine));
  }
  if (prepared.isWhole) await keepResults(project, run, stores);
  const logOf = (attempt: number, step: number): string => join(folder, String(attempt), `${step}.log`);
  return { run, stores, finishedAt: Date.now(), logOf };
}

function recordOf({ prepared, settings }: Execution, host: HostCapacity): RunRecord {
  const { concurrency = host.cpus, resourceClasses } = settings;
  return newRun(prepared.selected, {
    uuid: prepared.uuid,
    number: prepared.number,
    demandOf: (plan) => demandOf(resourceClasses, plan, { host, concurrency, cpuOvercommit: 1 }),
    now: Date.now(),
  });
}

function sourceOf({ copy, trigger: { event, repository } }: PreparedRun): Surroundings["source"] {
  const { kind, name } = event.ref;
  const ref = kind === "branch" ? { branch: name } : { tag: name };
  return {
    asTar: ({ depth = 1, ...input }) =>
      copy.asTar({ ...input, depth, ...ref, originUrl: repository.cloneUrl }),
  };
}

/** A slow reader holds the jobs back; one that is gone holds nobody. */
function sinkFor(ui: Ui): LineSink {
  const { stdout } = process;
  const isSilent = ui.json || ui.quiet;
  return {
    terminal: ui.terminal,
    color: ui.color,
    write(bytes) {
      if (isSilent || stdout.destroyed) return Promise.resolve();
      return new Promise((taken) => stdout.write(bytes, () => taken()));
    },
  };
}

/** Each step's whole log goes to a file as well. */
function logged(live: RunListener, logs: LogStore): RunListener {
  const lengths = new Map<string, number>();
  return {
    jobEnded: (workflow, job) => live.jobEnded(workflow, job),
    async event(of, event) {
      if (event.kind === "log") {
        const key = `${of.attempt.id}/${event.step}`;
        const offset = lengths.get(key) ?? 0;
        lengths.set(key, offset + event.bytes.length);
        await logs.append(of.attempt.id, event.step, offset, event.bytes);
      }
      await live.event(of, event);
    },
  };
}

async function approve(
  ui: Ui,
  name: string,
  { approve: given, approveAll }: ExecutionOptions,
): Promise<"approved" | "declined"> {
  if (approveAll || given.includes(name)) return "approved";
  if (!ui.canPrompt) {
    // Only a config that a setup job gave comes so far.
    ui.note(`${plain(name)} must be approved, and there is no terminal to ask on:  --approve ${plain(name)}`);
    return "declined";
  }
  return (await askYesOrNo(ui, `Approve ${plain(name)}?`)) ? "approved" : "declined";
}
