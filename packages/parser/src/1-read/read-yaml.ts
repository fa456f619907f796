import { parseEvents, YAMLException, type Event } from "js-yaml";
import { report, type ReportContext } from "../diagnostic.ts";
import type { Limits } from "../limits.ts";
import { buildNodes } from "./build-nodes.ts";
import { originalOffset, widenShallowFlow, type WidenedText } from "./shallow-flow.ts";
import type { MapNode } from "./nodes.ts";
import { lineTextOf, sourceFile, type Place, type SourceFile } from "./source-file.ts";

/** Reads a config or an orb: the top-level map with every alias and merge expanded, or undefined after a report. */
export function readYaml(
  context: ReportContext,
  name: string,
  text: string,
  limits: Limits,
): MapNode | undefined {
  const file = sourceFile(name, text.startsWith("\uFEFF") ? text.slice(1) : text);
  if (file.text.length > limits.sourceCharacters) {
    const message = `the config has ${file.text.length} characters, ${limits.sourceCharacters} are allowed`;
    report(context, "source-too-large", at(file, 0), message);
    return undefined;
  }
  const parsed = parse(context, file, limits);
  if (parsed === undefined) return undefined;
  const root = buildNodes(context, file, parsed.events, parsed.text, limits);
  if (root === undefined) return undefined;
  if (root.kind !== "map") {
    report(
      context,
      "yaml-not-a-map",
      root,
      "the top level must be a map of keys such as `version` and `jobs`",
      {
        hint: 'A config begins with a line such as "version: 2.1".',
      },
    );
    return undefined;
  }
  return root;
}

interface ParsedText {
  readonly events: readonly Event[];
  readonly text: WidenedText;
}

// Real files have one such list or two; beyond this many the text is broken some other way.
const mostWidenings = 20;

function parse(context: ReportContext, file: SourceFile, limits: Limits): ParsedText | undefined {
  let text: WidenedText = { text: file.text, insertions: [] };
  for (let attempt = 0; ; attempt++) {
    try {
      return { events: parseEvents(text.text, { maxDepth: limits.nesting }), text };
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const position = error.mark?.position ?? 0;
      if (error.reason === "deficient indentation" && attempt < mostWidenings) {
        text = widenShallowFlow(file.text, text, position);
        continue;
      }
      reportSyntax(context, file, error.reason, originalOffset(text, position));
      return undefined;
    }
  }
}

function reportSyntax(context: ReportContext, file: SourceFile, reason: string, offset: number): void {
  const place = at(file, Math.min(offset, file.text.length));
  if (reason.startsWith("nesting exceeded")) {
    report(context, "too-deep", place, "lists and maps are nested too deeply here");
    return;
  }
  report(context, "yaml-syntax", place, reason, { hint: hintOf(reason, lineTextOf(place)) });
}

/** What most often stands behind an error of YAML. */
function hintOf(reason: string, line: string): string | undefined {
  if (reason.includes("tab characters")) return "Indent with spaces.";
  if (/within a (?:double|single) quoted scalar/.test(reason)) return "A quote above is never closed.";
  if (reason.includes("multiline key")) return "Is a colon missing at the end of a line above?";
  if (/^\s*(?:- )?[^\s:]+:\s+[%@`]/.test(line))
    return "A text that begins with %, @ or ` must stand in quotes.";
  if (reason.includes("mapping entry") && /: .*: /.test(line)) {
    return "A text with a colon and a blank in it must stand in quotes, or below `|` on lines of its own.";
  }
  return undefined;
}

function at(file: SourceFile, offset: number): Place {
  return { file, start: offset, end: offset, via: undefined };
}
