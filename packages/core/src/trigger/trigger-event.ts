/** The repository of an event, with the signed numeric id that decides trust. */
export interface RepositoryRef {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  /** HTTPS clone URL without credentials. */
  readonly cloneUrl: string;
  /** Web URL. */
  readonly url: string;
  readonly defaultBranch: string;
  readonly private: boolean;
}

/** A delivery after normalisation: what a pipeline is made from. */
export interface TriggerEvent {
  readonly kind: "push";
  readonly ref: { readonly kind: "branch" | "tag"; readonly name: string };
  /** The pushed commit, 40 hex digits. */
  readonly sha: string;
  /** The commit before the push; null for a new branch or tag. */
  readonly baseSha: string | null;
  readonly commit: {
    readonly subject: string;
    readonly body: string;
    readonly authorLogin: string | null;
    readonly authorName: string | null;
    readonly url: string | null;
  };
  readonly sender: { readonly login: string; readonly id: number };
}

/** Whose code a pipeline runs: the repository's own branches and tags, or a fork's pull request. Trust decides the cage. */
export type Trust = "own" | "fork";
