import type { Secret, StateChange } from "@fmg/core";
import type { BlockList } from "node:net";

/** Which changes a receiver hears of. Patterns are names in which `*` stands for anything. */
export interface Interest {
  /** `owner/name`. */
  readonly repos: readonly string[];
  /** Branches, or tags. */
  readonly refs: readonly string[];
  readonly workflows: readonly string[];
  readonly changes: readonly StateChange[];
}

/** Who hears of changes. An address may be a secret: whoever knows it may post there. */
export type Receiver = { readonly name: string; readonly interest: Interest } & (
  | { readonly kind: "webhook"; readonly url: Secret; readonly secret: Secret }
  | { readonly kind: "slack"; readonly url: Secret }
  | { readonly kind: "mail"; readonly to: readonly string[] }
);

/** Everything that the operator says about notifications. */
export interface NotifySettings {
  readonly receivers: readonly Receiver[];
  /** Set where a receiver is of the kind `mail`. */
  readonly mail: { readonly url: Secret; readonly from: string } | undefined;
  /** Networks that are not public, and yet may be sent to. */
  readonly allowed: BlockList;
}

/** A change of a workflow on a branch or tag. */
export interface Subject {
  /** `owner/name`. */
  readonly repo: string;
  readonly ref: string;
  readonly workflow: string;
  readonly change: StateChange;
}

/** Whether a receiver hears of it. Repositories are compared without regard to case, as GitHub does. */
export function isInterested({ interest }: Receiver, subject: Subject): boolean {
  return (
    interest.changes.includes(subject.change) &&
    matchesAny(interest.repos, subject.repo, "i") &&
    matchesAny(interest.refs, subject.ref, "") &&
    matchesAny(interest.workflows, subject.workflow, "")
  );
}

function matchesAny(patterns: readonly string[], name: string, flags: "i" | ""): boolean {
  return patterns.some((pattern) =>
    new RegExp(`^${pattern.split("*").map(literally).join("[^]*")}$`, flags).test(name),
  );
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.+?()[\]{}|]/g, "\\$&");
}
