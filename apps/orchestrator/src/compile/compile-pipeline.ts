import { isFmgError, type ParameterValue, type PipelinePlan, type TriggerEvent } from "@fmg/core";
import {
  getPipeline,
  inTransaction,
  movePipeline,
  openContinuation,
  rejectPipeline,
  setCommit,
  setConfigSchedules,
  storePlan,
  type CancelRequested,
  type PipelineRow,
} from "@fmg/db";
import { fetchCommit, readBlob, readCommitWords, type Mirror } from "@fmg/git";
import { declaredParameters, overridingArguments, typedArguments } from "@fmg/parser";
import { mirrorOf } from "../run/source.ts";
import { recordPipelineStatus, recordWorkflowStatuses } from "../report/record-statuses.ts";
import { nudge, publishStatus, type Services } from "../services.ts";
import { compileText, rejected, type CompiledText, type Rejected } from "./compile-text.ts";
import { continuePipeline } from "./continue-pipeline.ts";
import { CONFIG_PATH, valuesOfPipeline } from "./values-of-pipeline.ts";
import { supersedeOlder, tellCanceled } from "./supersede.ts";

/**
 * Stops 4 and 5 of the walk: brings the commit into the mirror, compiles its config and stores the plan with the first
 * statuses in one transaction. A pipeline that is no longer pending may have been continued; else nothing is done.
 */
export async function compilePipeline(
  services: Services,
  pipelineId: number,
  signal: AbortSignal,
): Promise<void> {
  const pipeline = getPipeline(services.db, pipelineId);
  if (pipeline === undefined) return;
  if (pipeline.status !== "pending") return continuePipeline(services, pipeline, signal);
  if (pipeline.cancellation !== null) return cancelPending(services, pipeline.id);
  const compiled = await compileAtCommit(services, pipeline, signal);
  const { workflowIds, superseded } = store(services, pipeline, compiled);
  tellCanceled(services, superseded);
  for (const workflowId of workflowIds) nudge(services, { queue: "workflows", workflowId });
  nudge(services, { queue: "statuses", outboxId: 0 });
  publishStatus(services, pipelineId);
}

async function compileAtCommit(
  services: Services,
  pipeline: PipelineRow,
  signal: AbortSignal,
): Promise<CompiledAtCommit> {
  const read = await readConfig(services, pipeline, signal);
  if ("kind" in read) return read;
  const { text, event } = read;
  const given = argumentsOf(text, event);
  const values = valuesOfPipeline({ ...pipeline, event });
  const compiled = await compileText(
    services,
    { text, file: CONFIG_PATH, pipeline: values, ...given },
    signal,
  );
  if (compiled.kind === "rejected") return compiled;
  if (compiled.plan.setup && !services.settings.dynamicConfig(`${pipeline.owner}/${pipeline.name}`)) {
    return rejected("config_invalid", dynamicConfigIsOff);
  }
  return { ...compiled, text, triggerArguments: given.parameters };
}

/** A rejected config has no text that matters any more. */
type CompiledAtCommit =
  | Rejected
  | (CompiledText & {
      readonly text: string;
      readonly triggerArguments: Readonly<Record<string, ParameterValue>>;
    });

const dynamicConfigIsOff = `${CONFIG_PATH} has \`setup: true\`, and dynamic configuration is off for this project. Its operator switches it on with FMG_DYNAMIC_CONFIG.`;

interface Source {
  readonly text: string;
  /** With the words of its commit. */
  readonly event: TriggerEvent;
}

/** What the trigger gives, as values of the declared types; the compiler tells what does not fit, and where. (R-PARAM-3, R-PARAM-13) */
function argumentsOf(text: string, { parameters, textParameters, schedule }: TriggerEvent) {
  const texts = Object.entries(textParameters ?? {});
  const typed = texts.length === 0 ? {} : typedArguments(texts, declaredParameters(text));
  const scheduledWorkflow = schedule?.workflow;
  return {
    parameters: { ...parameters, ...typed },
    ...(scheduledWorkflow === undefined ? {} : { scheduledWorkflow }),
  };
}

/** GitHub tells of a push what the commit says; of any other trigger the commit itself has to. */
function withCommit(
  services: Services,
  { id, event, repository }: PipelineRow,
  mirror: Mirror,
): TriggerEvent {
  if (event.kind === "push") return event;
  const url = `${repository.url}/commit/${event.sha}`;
  const commit = { ...readCommitWords(mirror, event.sha), authorLogin: null, url };
  setCommit(services.db, id, { trigger: event, commit });
  return { ...event, commit };
}

async function readConfig(
  services: Services,
  pipeline: PipelineRow,
  signal: AbortSignal,
): Promise<Source | Rejected> {
  try {
    const mirror = await fetchCommit(mirrorOf(services, pipeline, signal));
    const blob = await readBlob(mirror, pipeline.event.sha, CONFIG_PATH);
    if (blob === "not-found") {
      return rejected("config_missing", `${CONFIG_PATH} is not in commit ${pipeline.event.sha.slice(0, 7)}`);
    }
    if (blob === "not-a-file") return rejected("config_missing", `${CONFIG_PATH} is not a regular file`);
    const event = withCommit(services, pipeline, mirror);
    return { text: new TextDecoder().decode(blob), event };
  } catch (error) {
    if (!isFmgError(error, "clone_failed")) throw error;
    services.log.warn({ err: error, pipelineId: pipeline.id }, "the commit could not be fetched");
    return rejected("clone_failed", error.message);
  }
}

/** Ends a pipeline that was canceled before it was compiled. */
function cancelPending(services: Services, pipelineId: number): void {
  const ended = inTransaction(services.db, () => endCanceled(services, pipelineId));
  if (!ended) return;
  nudge(services, { queue: "statuses", outboxId: 0 });
  publishStatus(services, pipelineId);
}

function endCanceled(services: Services, pipelineId: number): boolean {
  const wish = getPipeline(services.db, pipelineId)?.cancellation;
  if (wish == null) return false;
  const { reason, message } = wish;
  const to = { status: "canceled", reason, message, at: services.now() } as const;
  if (movePipeline(services.db, pipelineId, "pending", to)) recordPipelineStatus(services, pipelineId);
  return true;
}

interface Stored {
  /** To be advanced. */
  readonly workflowIds: readonly number[];
  readonly superseded: readonly CancelRequested[];
}

const nothing: Stored = { workflowIds: [], superseded: [] };

/** Stores the result. A pipeline that another process compiled first is left alone. */
function store(services: Services, pipeline: PipelineRow, compiled: CompiledAtCommit): Stored {
  const { db } = services;
  const now = services.now();
  return inTransaction(db, () => {
    // The wish may have come while it was compiled.
    if (endCanceled(services, pipeline.id)) return nothing;
    if (compiled.kind === "rejected") {
      const { reason, message, diagnostics } = compiled;
      if (rejectPipeline(db, pipeline.id, { reason, message, diagnostics }, now)) {
        recordPipelineStatus(services, pipeline.id);
        services.log.info({ pipelineId: pipeline.id, reason, message }, "pipeline was rejected");
      }
      return nothing;
    }
    const stored = storePlan(db, pipeline.id, compiled.plan, { warnings: compiled.warnings, now });
    keepSchedules(services, pipeline, compiled.plan);
    if (compiled.plan.setup) {
      const { text, triggerArguments } = compiled;
      const overriding = overridingArguments(text, triggerArguments);
      openContinuation(db, pipeline.id, { triggerArguments, overriding });
    }
    recordPipelineStatus(services, pipeline.id);
    for (const workflowId of stored.workflowIds) recordWorkflowStatuses(services, workflowId);
    services.log.info(
      { pipelineId: pipeline.id, workflows: stored.workflowIds.length },
      "pipeline was compiled",
    );
    return { workflowIds: stored.workflowIds, superseded: supersedeOlder(services, pipeline) };
  });
}

/** The schedules of a branch are those of its head; what somebody starts by hand may be any commit. (R-SCH-3, R-SCH-4) */
function keepSchedules(
  services: Services,
  { projectId, branch, event }: PipelineRow,
  { workflows, setup }: PipelinePlan,
): void {
  if (branch === null || event.kind === "api") return;
  const wanted = setup
    ? []
    : workflows.flatMap(({ name, schedules = [] }) => schedules.map((cron) => ({ workflow: name, cron })));
  setConfigSchedules(services.db, { projectId, branch, at: services.now() }, wanted);
}
