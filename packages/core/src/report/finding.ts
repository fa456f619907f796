/** Something that is not as it should be, most often because two stores of FMG disagree. */
export interface Finding {
  readonly area: "server" | "database" | "redis" | "docker" | "github";
  /** What is wrong, with the name of the thing. */
  readonly what: string;
  /** How it comes to be so. */
  readonly cause: string;
  /** What a person does about it. */
  readonly next: string;
  /** `possible`: FMG mends it when it is asked to; `by-hand`: only a person can. */
  readonly mending: "possible" | "done" | "by-hand";
}

/** Whether a check-up only looks, or mends what it finds too. */
export type CheckUpMode = "look" | "mend";
