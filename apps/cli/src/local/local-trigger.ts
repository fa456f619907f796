import { userInfo } from "node:os";
import { pipelineValues, type PipelineValues, type RepositoryRef, type TriggerEvent } from "@fmg/core";
import type { Checkout } from "../config/checkout.ts";
import type { Project } from "./project.ts";

/** What a local run stands for: a push of what lies in the folder. */
export interface LocalTrigger {
  readonly repository: RepositoryRef;
  readonly event: TriggerEvent;
}

export interface TriggerWish {
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
  return {
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
      kind: "push",
      ref:
        wish.tag === undefined
          ? { kind: "branch", name: wish.branch ?? branch ?? defaultBranch }
          : { kind: "tag", name: wish.tag },
      sha: commit.sha ?? noCommit,
      baseSha: null,
      commit: { subject: commit.subject, body: "", authorLogin: null, authorName: null, url: null },
      sender: { login: userName(), id: 0 },
    },
  };
}

/** The `pipeline.*` values of a local run: made by the same function as a server's. */
export function localPipelineValues(
  { repository, event }: LocalTrigger,
  run: { readonly uuid: string; readonly number: number; readonly at: number; readonly configPath: string },
): PipelineValues {
  const { uuid, number, at, configPath } = run;
  return pipelineValues({
    uuid,
    number,
    repository,
    event,
    configPath,
    receivedAt: new Date(at).toISOString(),
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user need not have a name.
    return "local";
  }
}
