import type { SourceRange } from "./source-range.ts";
import type { EnvironmentPlan } from "./step-plan.ts";

/** Registry credentials; `$VAR` and `${VAR}` in them are expanded from secrets at run time. (R-ENV-5) */
export interface ImageAuthPlan {
  readonly kind: "basic" | "aws" | "gcp";
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

/** One entry of `docker:`. (R-DKR-*) */
export interface ImagePlan {
  readonly image: string;
  /** What the name meant when the job ran first; a rerun takes this, whatever the name means by now. */
  readonly pinned?: string;
  /** Extra host name of a service container. */
  readonly name?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
  readonly environment: EnvironmentPlan;
  readonly auth?: ImageAuthPlan;
  readonly range: SourceRange;
}

/** Where a job runs, as declared. The first docker image is the primary; the others are services. */
export type ExecutorPlan =
  | {
      readonly kind: "docker";
      readonly images: readonly [ImagePlan, ...ImagePlan[]];
      readonly range: SourceRange;
    }
  | {
      readonly kind: "machine";
      readonly image?: string;
      readonly dockerLayerCaching: boolean;
      readonly range: SourceRange;
    }
  | { readonly kind: "macos"; readonly xcode: string; readonly range: SourceRange };
