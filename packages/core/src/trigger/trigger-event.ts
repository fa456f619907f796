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

/** The value of a pipeline parameter, as a trigger gives it. (R-PARAM-13) */
export type ParameterValue = string | number | boolean;

/** What a pipeline is made from: a push after normalisation, somebody's request, or a slot of a schedule. */
export interface TriggerEvent {
  readonly kind: "push" | "api" | "schedule";
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
  /** Of a request or a schedule: what stands for it in the names of people, with no id on GitHub (0). */
  readonly sender: { readonly login: string; readonly id: number };
  /** Pipeline parameters that the trigger gives, by name. */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** The same as texts, for the config's declared types to make values of. */
  readonly textParameters?: Readonly<Record<string, string>>;
  /** The schedule that it is a slot of; `workflow` is set where it stands in the config and starts that one alone. (R-SCH-6) */
  readonly schedule?: { readonly id: string; readonly name: string; readonly workflow?: string };
}

/** Whose code a pipeline runs: the repository's own branches and tags, or a fork's pull request. Trust decides the cage. */
export type Trust = "own" | "fork";
