import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What must come of a push: every field is checked that stands there. */
export interface ExpectedOutcome {
  /** Pushed to `main` unless a branch or tag is named. */
  readonly push?: { readonly branch?: string; readonly tag?: string };
  /** Contexts that stand ready, with their variables. */
  readonly contexts?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Jobs that a person approves, in this order. */
  readonly approve?: readonly string[];
  /** When it has ended so, it is started again: on a server from what failed, by `fmg run` from the job that did. */
  readonly again?: { readonly after: string; readonly from: string };
  readonly pipeline: { readonly status: string; readonly reason?: string };
  /** By job name; no other job may exist. */
  readonly jobs: Readonly<Record<string, { readonly status: string; readonly reason?: string }>>;
  /** Texts that a job's log contains, in this order. */
  readonly logs?: Readonly<Record<string, readonly string[]>>;
  readonly absentFromLogs?: Readonly<Record<string, readonly string[]>>;
  /** `file:line:column` of the first diagnostic. */
  readonly diagnostic?: { readonly place: string };
  /** Final state of each context on the commit. */
  readonly statuses: Readonly<Record<string, string>>;
  readonly absentStatuses?: readonly string[];
  /** Regular expressions that the descriptions of contexts match. */
  readonly description?: Readonly<Record<string, string>>;
}

/** A repository to push, and what must come of it. */
export interface ScenarioCase {
  readonly name: string;
  /** The folder whose files are pushed. */
  readonly repo: string;
  readonly expected: ExpectedOutcome;
}

/** The cases of `scenarios/<name>/`: a folder `repo/` and an `expected.json`. */
export function readScenarioCases(): ScenarioCase[] {
  const root = fileURLToPath(new URL("../scenarios", import.meta.url));
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      name,
      repo: join(root, name, "repo"),
      expected: JSON.parse(readFileSync(join(root, name, "expected.json"), "utf8")) as ExpectedOutcome,
    }));
}
