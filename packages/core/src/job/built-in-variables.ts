import type { EnvironmentPlan } from "../plan/step-plan.ts";
import type { RepositoryRef, TriggerEvent } from "../trigger/trigger-event.ts";

/** The facts that the built-in variables are made of. */
export interface JobFacts {
  readonly repository: RepositoryRef;
  readonly event: TriggerEvent;
  readonly pipelineUuid: string;
  readonly workflowUuid: string;
  /** The workflow that the workspace belongs to: the first of a line of reruns. */
  readonly workspaceUuid: string;
  readonly jobUuid: string;
  readonly jobName: string;
  readonly jobNumber: number;
  /** The largest smaller number of a job on the branch; undefined for the first one, and on tags. */
  readonly previousJobNumber: number | undefined;
  readonly jobUrl: string;
  readonly projectUuid: string;
  readonly nodeIndex: number;
  readonly nodeTotal: number;
  readonly workingDirectory: string;
}

/** `CI`, `CIRCLECI` and the `CIRCLE_*` variables of a job. (R-8.1; R-ENV-1 gives their place in the precedence) */
export function builtInVariables(facts: JobFacts): EnvironmentPlan {
  const { event, repository } = facts;
  const variables: [name: string, value: string | number | undefined][] = [
    ["CI", "true"],
    ["CIRCLECI", "true"],
    ["CIRCLE_BRANCH", event.ref.kind === "branch" ? event.ref.name : undefined],
    ["CIRCLE_TAG", event.ref.kind === "tag" ? event.ref.name : undefined],
    ["CIRCLE_SHA1", event.sha],
    ["CIRCLE_BUILD_NUM", facts.jobNumber],
    ["CIRCLE_PREVIOUS_BUILD_NUM", facts.previousJobNumber],
    ["CIRCLE_BUILD_URL", facts.jobUrl],
    ["CIRCLE_JOB", facts.jobName],
    ["CIRCLE_STAGE", facts.jobName],
    ["CIRCLE_NODE_INDEX", facts.nodeIndex],
    ["CIRCLE_NODE_TOTAL", facts.nodeTotal],
    ["CIRCLE_PIPELINE_ID", facts.pipelineUuid],
    ["CIRCLE_WORKFLOW_ID", facts.workflowUuid],
    ["CIRCLE_WORKFLOW_JOB_ID", facts.jobUuid],
    ["CIRCLE_WORKFLOW_WORKSPACE_ID", facts.workspaceUuid],
    ["CIRCLE_WORKING_DIRECTORY", facts.workingDirectory],
    ["CIRCLE_PROJECT_ID", facts.projectUuid],
    ["CIRCLE_ORGANIZATION_ID", facts.projectUuid],
    ["CIRCLE_PROJECT_REPONAME", repository.name],
    ["CIRCLE_PROJECT_USERNAME", repository.owner],
    ["CIRCLE_REPOSITORY_URL", repository.cloneUrl],
    ["CIRCLE_COMPARE_URL", compareUrl(facts)],
    ["CIRCLE_USERNAME", event.sender.login],
  ];
  return variables.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: String(value) }]));
}

/** What the push brought; a new branch or tag has nothing to be compared with. */
function compareUrl({ event: { baseSha, sha }, repository }: JobFacts): string | undefined {
  return baseSha === null ? undefined : `${repository.url}/compare/${baseSha}...${sha}`;
}
