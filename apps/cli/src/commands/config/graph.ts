import { string } from "@oclif/core/flags";

import { checkedFormat } from "../../config/checked-format.ts";
import { compileSource } from "../../config/compile-source.ts";
import { configArgs, configFlags } from "../../config/config-flags.ts";
import { readSource } from "../../config/read-source.ts";
import { tellDiagnostics, tellRejected } from "../../config/tell.ts";
import { FmgCommand } from "../../fmg-command.ts";
import { graphDot, graphText } from "../../plan-view/graph-text.ts";
import { planGraph } from "../../plan-view/plan-graph.ts";

const formats = ["text", "json", "dot"] as const;

/** `fmg config graph` */
export class Graph extends FmgCommand {
  static override summary = "Show the jobs of a config, what each waits for, and what is left out.";
  static override usage =
    "config graph [file] [--format <format>] [--param <name>=<value>] [--branch <name> | --tag <name>] [--orb-dir <folder>] [--strict]";
  static override args = configArgs;
  static override flags = {
    ...configFlags,
    format: string({ helpValue: "<format>", description: `one of ${formats.join(", ")}; text unless set` }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Graph);
    const ui = this.openUi({ ...flags, format: undefined });
    const format = ui.json ? "json" : checkedFormat(formats, flags.format ?? "text", "fmg config graph");
    const source = await readSource(args.file);
    const compilation = await compileSource(source, flags);
    if (compilation.kind === "rejected") return tellRejected(ui, source, compilation.diagnostics);
    tellDiagnostics(ui, source, compilation.warnings);
    const graph = planGraph(compilation.plan);
    if (format === "json") return ui.document(graph);
    const lines = format === "dot" ? graphDot(graph) : graphText(graph);
    await ui.line(lines.join("\n"));
  }
}
