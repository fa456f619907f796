import type { SourceRange } from "./source-range.ts";

/** A located message to the author of a config. */
export interface Diagnostic {
  /** Stable, documented, never reused: `unknown-key`. */
  readonly code: string;
  /** The rule of the language reference that was broken: `R-TOP-3`. */
  readonly rule?: string;
  readonly severity: "error" | "warning";
  /** Names the thing and what was expected; advice stands in `hint`. */
  readonly message: string;
  readonly hint?: string;
  readonly range: SourceRange;
  /** The text of the line at `range.start`, so that an excerpt needs no source. */
  readonly sourceLine?: string;
  /** Where a value came from, outermost first (workflow → job → command, parameter, anchor, orb). */
  readonly chain?: readonly { readonly message: string; readonly range: SourceRange }[];
}
