import type { Diagnostic, SourceRange } from "@fmg/core";
import { diagnosticCodes } from "../diagnostic-codes.ts";

export interface SarifOptions {
  /** Of the program that reports; a line of the log's head. */
  readonly version?: string;
}

/** A SARIF 2.1.0 log of one run, as code scanners and editors read it. */
export function formatSarif(diagnostics: readonly Diagnostic[], options: SarifOptions = {}): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  const indexes = new Map(codes.map((code, index) => [code, index]));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "fmg",
            ...(options.version === undefined ? {} : { version: options.version }),
            rules: codes.map(ruleOf),
          },
        },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((diagnostic) => resultOf(diagnostic, indexes.get(diagnostic.code)!)),
      },
    ],
  };
  return JSON.stringify(log, undefined, 2);
}

const entries: Readonly<Record<string, { rule: string; severity: string; summary: string }>> =
  diagnosticCodes;

function ruleOf(code: string): object {
  const entry = entries[code];
  if (entry === undefined) return { id: code };
  return {
    id: code,
    shortDescription: { text: entry.summary },
    defaultConfiguration: { level: entry.severity },
    properties: { languageRule: entry.rule },
  };
}

function resultOf(diagnostic: Diagnostic, ruleIndex: number): object {
  const { code, severity, message, hint, range, sourceLine, chain = [] } = diagnostic;
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: hint === undefined ? message : `${message}\n${hint}` },
    locations: [{ physicalLocation: physical(range, sourceLine) }],
    ...(chain.length === 0
      ? {}
      : {
          relatedLocations: chain.map((link, id) => ({
            id,
            message: { text: link.message },
            physicalLocation: physical(link.range, undefined),
          })),
        }),
  };
}

function physical(range: SourceRange, snippet: string | undefined): object {
  const { file, start, end } = range;
  return {
    artifactLocation: { uri: uriOf(file) },
    region: {
      startLine: start.line,
      startColumn: start.column,
      endLine: end.line,
      endColumn: end.column,
    },
    ...(snippet === undefined
      ? {}
      : { contextRegion: { startLine: start.line, snippet: { text: snippet } } }),
  };
}

/** A relative path as a relative reference; other names (an orb's, standard input) with their odd characters escaped. */
function uriOf(file: string): string {
  return file.split("/").map(encodeURIComponent).join("/");
}
