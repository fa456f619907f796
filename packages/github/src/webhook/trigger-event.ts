import type { RepositoryRef, TriggerEvent } from "@fmg/core";
import { Fields, PayloadError } from "./fields.ts";
import { skipTag } from "./skip.ts";

/** What a verified delivery means: a pipeline, nothing (and why), or that it is not what GitHub sends. */
export type NormalizedDelivery =
  | { readonly kind: "trigger"; readonly event: TriggerEvent; readonly repository: RepositoryRef }
  | { readonly kind: "ignored"; readonly reason: string }
  | { readonly kind: "invalid"; readonly message: string };

const sha = /^[0-9a-f]{40}$/;
const noCommit = /^0{40}$/;
/** What GitHub allows in the names of owners and repositories; they become parts of paths and addresses. */
const repositoryName = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
/** What git forbids in the name of a branch or tag. (git check-ref-format) */
// eslint-disable-next-line no-control-regex
const badRefName = /[\u0000- \u007f~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|\/\.|^\.|[/.]$|\.lock(\/|$)/;

/** Makes a trigger event of a delivery. `event` is X-GitHub-Event; `serverUrl` is where this FMG's GitHub lives. */
export function normalizeDelivery(
  event: string,
  payload: unknown,
  settings: { readonly serverUrl: string },
): NormalizedDelivery {
  try {
    const fields = new Fields(payload);
    if (event === "ping") return ignored("ping");
    if (event !== "push") return ignored(`event "${event.slice(0, 100)}" starts nothing`);
    return normalizePush(fields, new URL(settings.serverUrl).origin);
  } catch (thrown) {
    if (thrown instanceof PayloadError) return { kind: "invalid", message: thrown.message };
    throw thrown;
  }
}

function normalizePush(payload: Fields, origin: string): NormalizedDelivery {
  const ref = readRef(payload.string("ref"));
  const repository = readRepository(payload.object("repository"), origin);
  if (ref === undefined) return ignored(`ref "${payload.string("ref")}" is neither a branch nor a tag`);
  const after = payload.matching("after", sha, "a commit's 40 hex digits");
  if (noCommit.test(after) || (payload.has("deleted") && payload.boolean("deleted"))) {
    return ignored(`${ref.kind} "${ref.name}" was deleted`);
  }
  if (ref.kind === "branch" && isEmptyBranch(payload)) {
    return ignored(`branch "${ref.name}" is new and has no new commits`);
  }
  const head = payload.has("head_commit") ? payload.object("head_commit") : undefined;
  const commit = readCommit(head);
  const skip = skipTag(commit);
  if (skip !== undefined) return ignored(`the commit message says ${skip}`);
  const before = payload.matching("before", sha, "a commit's 40 hex digits");
  const sender = payload.object("sender");
  return {
    kind: "trigger",
    repository,
    event: {
      kind: "push",
      ref,
      // Of an annotated tag `after` is the tag object; the commit that it stands on is the head commit.
      sha: head?.matching("id", sha, "a commit's 40 hex digits") ?? after,
      baseSha: noCommit.test(before) ? null : before,
      commit,
      sender: { login: sender.string("login"), id: sender.id("id") },
    },
  };
}

/** Whether git allows the name for a branch or tag. */
export function isRefName(name: string): boolean {
  return name !== "" && name.length <= 1000 && !badRefName.test(name);
}

/** A new branch on commits that were pushed before: GitHub lists none then. (R-TRG-1) */
function isEmptyBranch(payload: Fields): boolean {
  return payload.has("created") && payload.boolean("created") && payload.isEmptyList("commits");
}

function readRef(ref: string): TriggerEvent["ref"] | undefined {
  const [, folder, name] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
  if (folder === undefined || name === undefined) return undefined;
  if (!isRefName(name)) throw new PayloadError("ref has a name that git forbids");
  return { kind: folder === "heads" ? "branch" : "tag", name };
}

function readRepository(repository: Fields, origin: string): RepositoryRef {
  const owner = repository.object("owner");
  return {
    id: repository.id("id"),
    owner: owner.matching(owner.has("login") ? "login" : "name", repositoryName, "an owner's name"),
    name: repository.matching("name", repositoryName, "a repository's name"),
    cloneUrl: repository.urlAt("clone_url", origin),
    url: repository.urlAt("html_url", origin),
    defaultBranch: repository.string("default_branch"),
    private: repository.boolean("private"),
  };
}

function readCommit(head: Fields | undefined): TriggerEvent["commit"] {
  if (head === undefined) return { subject: "", body: "", authorLogin: null, authorName: null, url: null };
  const author = head.object("author");
  return {
    ...splitMessage(head.string("message")),
    authorLogin: author.optionalString("username"),
    authorName: author.optionalString("name"),
    url: head.optionalString("url"),
  };
}

/** The subject is the first line; the body is what follows the empty line after it. */
function splitMessage(message: string): { subject: string; body: string } {
  const [subject = "", ...rest] = message.split(/\r?\n/);
  return { subject, body: rest.join("\n").trim() };
}

function ignored(reason: string): NormalizedDelivery {
  return { kind: "ignored", reason };
}
