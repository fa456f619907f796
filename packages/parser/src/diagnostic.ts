import type { Diagnostic } from "@fmg/core";
import { lineTextOf, rangeOf, type Place } from "./1-read/source-file.ts";
import { diagnosticCodes, type DiagnosticCode } from "./diagnostic-codes.ts";

/** One call on the way to a place: workflow → job → command. (R-PHASE-3) */
export interface Frame {
  readonly message: string;
  readonly place: Place;
  readonly parent: Frame | undefined;
  /** What was called; for `explain`. */
  readonly callee?: Callee;
}

/** A job or a command that was called, and what its parameters were bound to. */
export interface Callee {
  readonly kind: "command" | "job";
  readonly name: string;
  /** The orb that it is from. */
  readonly orb: string | undefined;
  readonly place: Place;
  /** Made when it is asked for: most compiles never are. */
  readonly arguments: () => readonly BoundArgument[];
}

export interface BoundArgument {
  readonly name: string;
  readonly text: string;
  readonly place: Place;
  readonly from: "argument" | "default";
}

/** Collects diagnostics; the same complaint about the same place is kept once. */
export interface Diagnostics {
  readonly maximum: number;
  readonly strict: boolean;
  /** Warnings about other files (published orbs) are of no use to those who use them, and are dropped. */
  readonly mainFile: string;
  readonly seen: Set<string>;
  readonly found: Located[];
  errors: number;
}

interface Located {
  readonly place: Place;
  readonly diagnostic: Diagnostic;
}

/** What a report needs to know about where the compiler stands. */
export interface ReportContext {
  readonly diagnostics: Diagnostics;
  readonly frame: Frame | undefined;
}

export interface ReportDetails {
  readonly hint?: string | undefined;
  /** A closer rule than the code's own. */
  readonly rule?: string;
  readonly severity?: "error" | "warning";
}

export function createDiagnostics(options: {
  maximum: number;
  strict: boolean;
  mainFile: string;
}): Diagnostics {
  return { ...options, seen: new Set(), found: [], errors: 0 };
}

/** Adds a diagnostic at a place, with the chain of calls and values that led there. */
export function report(
  context: ReportContext,
  code: DiagnosticCode,
  place: Place,
  message: string,
  details: ReportDetails = {},
): void {
  const { diagnostics } = context;
  // One complaint of a kind about one place: a matrix and the check after rendering would repeat it.
  const key = `${code}\n${place.file.name}\n${place.start}`;
  if (diagnostics.seen.has(key)) return;
  diagnostics.seen.add(key);
  const asWritten = details.severity ?? diagnosticCodes[code].severity;
  if (asWritten === "warning" && place.file.name !== diagnostics.mainFile) return;
  const severity = diagnostics.strict ? "error" : asWritten;
  if (severity === "error") diagnostics.errors += 1;
  if (diagnostics.found.length > diagnostics.maximum) return;
  const chain = chainOf(context.frame, place);
  diagnostics.found.push({
    place,
    diagnostic: {
      code,
      rule: details.rule ?? diagnosticCodes[code].rule,
      severity,
      message,
      ...(details.hint === undefined ? {} : { hint: details.hint }),
      range: rangeOf(place),
      sourceLine: lineTextOf(place),
      ...(chain.length === 0 ? {} : { chain }),
    },
  });
}

/** All diagnostics in the order of the source; the config's own file first. */
export function sortedDiagnostics(diagnostics: Diagnostics): Diagnostic[] {
  const order = (located: Located) => (located.place.file.name === diagnostics.mainFile ? 0 : 1);
  return diagnostics.found
    .slice(0, diagnostics.maximum)
    .sort(
      (a, b) =>
        order(a) - order(b) ||
        compareText(a.place.file.name, b.place.file.name) ||
        a.place.start - b.place.start,
    )
    .map((located) => located.diagnostic);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

type ChainLink = NonNullable<Diagnostic["chain"]>[number];

// A chain is for reading: the outermost calls and the nearest origins say enough.
const maximumLinks = 30;

function chainOf(frame: Frame | undefined, place: Place): ChainLink[] {
  const calls: ChainLink[] = [];
  for (let at = frame; at !== undefined; at = at.parent) {
    calls.push({ message: at.message, range: rangeOf(at.place) });
  }
  calls.reverse();
  const origins: ChainLink[] = [];
  for (let via = place.via; via !== undefined && origins.length < maximumLinks; via = via.place.via) {
    origins.push({ message: via.message, range: rangeOf(via.place) });
  }
  return [...calls.slice(0, maximumLinks), ...origins];
}
