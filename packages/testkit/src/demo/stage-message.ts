import type { StoredStatus } from "../fake-github/fake-github.ts";

/** What is needed to use the demo's server. */
export interface ServerFacts {
  readonly url: string;
  readonly token: string;
  readonly dataDir: string;
}

/** What the stage tells the demo, in this order; "statuses" once for each time that it is asked. */
export type StageMessage =
  | ({ readonly kind: "ready" } & ServerFacts)
  | { readonly kind: "image"; readonly image: string; readonly why: string }
  | {
      readonly kind: "pushed";
      readonly pipelineId: number;
      readonly sha: string;
      readonly repository: string;
    }
  | { readonly kind: "statuses"; readonly statuses: readonly StoredStatus[] };
