import { userInfo } from "node:os";
import {
  pipelineValues,
  type EnvironmentPlan,
  type PipelineValues,
  type RepositoryRef,
  type TriggerEvent,
} from "@fmg/core";
import type { Checkout } from "../config/checkout.ts";
import { CliError } from "../errors.ts";
import type { Project } from "./project.ts";

/** What a local run may stand for. */
export const localEvents = ["push", "tag", "pr", "api"] as const;
export type LocalEvent = (typeof localEvents)[number];

/** What a local run stands for: by default a push of what lies in the folder. */
export interface LocalTrigger {
  readonly kind: LocalEvent;
  readonly repository: RepositoryRef;
  readonly event: TriggerEvent;
}

export interface TriggerWish {
  readonly event: LocalEvent | undefined;
  readonly branch?: string | undefined;
  readonly tag?: string | undefined;
}

const noCommit = "0".repeat(40);

/** The trigger of a checkout, or of a folder without one: then its branch is main. */
export function localTrigger(
  { name }: Pick<Project, "name">,
  { repository, branch, defaultBranch = "main" }: Checkout,
  wish: TriggerWish,
  commit: { readonly sha: string | undefined; readonly subject: string },
): LocalTrigger {
  const url = repository?.url ?? "";
  const kind = wish.event ?? (wish.tag === undefined ? "push" : "tag");
  return {
    kind,
    repository: {
      id: 0,
      owner: repository?.owner ?? "local",
      name: repository?.name ?? name,
      cloneUrl: url === "" ? "" : `${url}.git`,
      url,
      defaultBranch,
      private: true,
    },
    event: {
      kind: kind === "api" ? "api" : "push",
      ref: refOf(kind, wish, wish.branch ?? branch ?? defaultBranch),
      sha: commit.sha ?? noCommit,
      baseSha: null,
      commit: { subject: commit.subject, body: "", authorLogin: null, authorName: null, url: null },
      sender: { login: userName(), id: 0 },
    },
  };
}

function refOf(kind: LocalEvent, { tag }: TriggerWish, branch: string): TriggerEvent["ref"] {
  if (kind === "tag" && tag === undefined) {
    throw new CliError("usage", "an event of a tag needs the tag's name", [
      "Name it:  --event tag --tag v1.2.3",
    ]);
  }
  if (kind === "pr" && tag !== undefined) {
    throw new CliError("usage", "a pull request is of a branch and not of a tag", [
      "Name the branch:  --event pr --branch my-change",
    ]);
  }
  return tag === undefined ? { kind: "branch", name: branch } : { kind: "tag", name: tag };
}

/** The `pipeline.*` values of a local run: made by the same function as a server's, and for a pull request a few more. */
export function localPipelineValues(
  trigger: LocalTrigger,
  run: { readonly uuid: string; readonly number: number; readonly at: number; readonly configPath: string },
): PipelineValues {
  const { repository, event } = trigger;
  const receivedAt = new Date(run.at).toISOString();
  const values = pipelineValues({ ...run, repository, event, receivedAt });
  return trigger.kind === "pr" ? new Map([...values, ...pullRequestValues(trigger)]) : values;
}

/** A pull request that is not there yet has a number all the same. */
const pullRequestNumber = 1;

function pullRequestValues({ event, repository }: LocalTrigger): [string, string | number | boolean][] {
  const pullRequest = "pipeline.event.github.pull_request";
  return [
    ["pipeline.event.name", "pull_request"],
    ["pipeline.event.action", "opened"],
    [`${pullRequest}.number`, pullRequestNumber],
    [`${pullRequest}.title`, event.commit.subject],
    [`${pullRequest}.url`, pullRequestUrl(repository)],
    [`${pullRequest}.draft`, false],
    [`${pullRequest}.merged`, false],
    [`${pullRequest}.head.ref`, event.ref.name],
    [`${pullRequest}.head.sha`, event.sha],
    [`${pullRequest}.base.ref`, repository.defaultBranch],
  ];
}

function pullRequestUrl({ url }: RepositoryRef): string {
  return `${url}/pull/${pullRequestNumber}`;
}

/** The variables that a pull request of the branch gives. */
export function pullRequestVariables({ kind, repository }: LocalTrigger): EnvironmentPlan {
  if (kind !== "pr") return [];
  const value = pullRequestUrl(repository);
  return ["CIRCLE_PULL_REQUEST", "CIRCLE_PULL_REQUESTS"].map((name) => ({ name, value }));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user need not have a name.
    return "local";
  }
}
