import type { Event } from "js-yaml";
import { report, type ReportContext } from "../diagnostic.ts";
import type { Limits } from "../limits.ts";
import type { Node } from "./nodes.ts";
import type { WidenedText } from "./shallow-flow.ts";
import type { Place, SourceFile } from "./source-file.ts";

/** Walks the parser's events once, from front to back. */
export interface Builder {
  readonly context: ReportContext;
  readonly file: SourceFile;
  readonly text: WidenedText;
  readonly events: readonly Event[];
  readonly limits: Limits;
  /** Finished anchors; "open" while the anchored node itself is being read. */
  readonly anchors: Map<string, Node | "open">;
  next: number;
  /** Where the last thing with a place ended: the place of empty scalars. */
  lastEnd: number;
  /** Nodes that were copied through aliases so far. */
  nodes: number;
  failed: boolean;
}

/** Counts the nodes of an alias or a merge before they are copied: the bound on billion laughs. (R-YAML-5) */
export function mayExpand(builder: Builder, place: Place, target: Node): boolean {
  builder.nodes += target.size;
  if (builder.nodes > builder.limits.expandedNodes) {
    if (!builder.failed) {
      const message = `aliases expand to more than ${builder.limits.expandedNodes} values`;
      report(builder.context, "too-many-nodes", place, message);
    }
    builder.failed = true;
    return false;
  }
  if (target.depth > builder.limits.nesting) {
    if (!builder.failed) {
      report(builder.context, "too-deep", place, "lists and maps are nested too deeply through aliases");
    }
    builder.failed = true;
    return false;
  }
  return true;
}
