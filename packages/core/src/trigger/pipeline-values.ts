import type { RepositoryRef, TriggerEvent } from "./trigger-event.ts";

/** Values of `pipeline.*` by full name; null means defined but absent. (R-PV-1) */
export type PipelineValues = ReadonlyMap<string, string | number | boolean | null>;

/** The facts that a pipeline's compile-time values are made of. */
export interface PipelineFacts {
  readonly uuid: string;
  /** Counts per project. */
  readonly number: number;
  readonly repository: RepositoryRef;
  readonly event: TriggerEvent;
  /** ISO 8601. */
  readonly receivedAt: string;
  readonly configPath: string;
}

/** How each kind of trigger is called. (R-SCH-5) */
const triggers = {
  push: { type: "github_app", source: "webhook" },
  api: { type: "api", source: "api" },
  schedule: { type: "schedule", source: "scheduled_pipeline" },
} as const;

/** The `pipeline.*` values of a trigger. (Section 8.3 of the language reference) */
export function pipelineValues(facts: PipelineFacts): PipelineValues {
  const { event, repository } = facts;
  const branch = event.ref.kind === "branch" ? event.ref.name : null;
  const tag = event.ref.kind === "tag" ? event.ref.name : null;
  const slug = `gh/${repository.owner}/${repository.name}`;
  const fullRef = branch === null ? `refs/tags/${tag}` : `refs/heads/${branch}`;
  const trigger = triggers[event.kind];
  return new Map<string, string | number | boolean | null>([
    ["pipeline.id", facts.uuid],
    ["pipeline.number", facts.number],
    ["pipeline.name", "build"],
    ["pipeline.project.git_url", repository.url],
    ["pipeline.project.type", "github"],
    ["pipeline.project.slug", slug],
    ["pipeline.integration_source", "github_app"],
    ["pipeline.git.branch", branch],
    ["pipeline.git.branch.is_default", branch === repository.defaultBranch],
    ["pipeline.git.tag", tag],
    ["pipeline.git.revision", event.sha],
    ["pipeline.git.base_revision", branch === null ? null : event.baseSha],
    ["pipeline.git.repo_url", repository.url],
    ["pipeline.git.repo_owner", repository.owner],
    ["pipeline.git.repo_name", repository.name],
    ["pipeline.git.repo_id", String(repository.id)],
    ["pipeline.git.commit.url", event.commit.url],
    ["pipeline.git.commit.subject", event.commit.subject],
    ["pipeline.git.commit.body", event.commit.body],
    ["pipeline.git.commit.author_login", event.commit.authorLogin],
    ["pipeline.config.repository.name", repository.name],
    ["pipeline.config.repository.url", repository.url],
    ["pipeline.config.file_path", facts.configPath],
    ["pipeline.config.ref", fullRef],
    ["pipeline.config.sha", event.sha],
    ["pipeline.trigger.type", trigger.type],
    ["pipeline.trigger.received_at", facts.receivedAt],
    ["pipeline.trigger_source", trigger.source],
    ["pipeline.schedule.id", event.schedule?.id ?? null],
    ["pipeline.schedule.name", event.schedule?.name ?? null],
    ["pipeline.event.name", event.kind],
    ["pipeline.event.action", event.kind],
    ...(event.kind === "push" ? pushValues(facts, fullRef) : []),
  ]);
}

/** What only GitHub's own event has. */
function pushValues({ event, repository }: PipelineFacts, fullRef: string): [string, string | null][] {
  return [
    ["pipeline.event.github.after", event.sha],
    ["pipeline.event.github.ref", fullRef],
    ["pipeline.event.github.head_commit.url", event.commit.url],
    ["pipeline.event.github.sender.login", event.sender.login],
    ["pipeline.event.github.repository.name", repository.name],
    ["pipeline.event.github.repository.owner.login", repository.owner],
    ["pipeline.event.github.repository.url", repository.url],
  ];
}
