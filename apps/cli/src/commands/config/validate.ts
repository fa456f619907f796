import { string } from "@oclif/core/flags";
import { formatGitHub, formatJson, formatPretty, formatSarif, type Diagnostic } from "@fmg/parser";
import type { SettledCompilation } from "@fmg/parser/node";

import { compileSource } from "../../config/compile-source.ts";
import { checkedFormat } from "../../config/checked-format.ts";
import { configArgs, configFlags } from "../../config/config-flags.ts";
import { readSource, type ConfigSource } from "../../config/read-source.ts";
import { sourcesOf } from "../../config/tell.ts";
import { FmgCommand } from "../../fmg-command.ts";
import type { Ui } from "../../ui.ts";

const formats = ["pretty", "json", "sarif", "github"] as const;
type Format = (typeof formats)[number];

/** `fmg config validate` */
export class Validate extends FmgCommand {
  static override summary = "Check a config, without a server; exit with 1 when it has errors.";
  static override usage =
    "config validate [file] [--format <format>] [--param <name>=<value>] [--branch <name> | --tag <name>] [--orb-dir <folder>] [--strict]";
  static override args = configArgs;
  static override flags = {
    ...configFlags,
    format: string({ helpValue: "<format>", description: `one of ${formats.join(", ")}; pretty unless set` }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Validate);
    // Here the format is that of a report, and no template.
    const ui = this.openUi({ ...flags, format: undefined });
    const format = ui.json ? "json" : checkedFormat(formats, flags.format ?? "pretty", "fmg config validate");
    const source = await readSource(args.file);
    const compilation = await compileSource(source, flags);
    await printReport(ui, format, source, compilation);
    if (compilation.kind === "rejected") process.exitCode = 1;
  }
}

async function printReport(
  ui: Ui,
  format: Format,
  source: ConfigSource,
  compilation: SettledCompilation,
): Promise<void> {
  const diagnostics = compilation.kind === "rejected" ? compilation.diagnostics : compilation.warnings;
  switch (format) {
    case "json":
      return ui.line(formatJson(diagnostics));
    case "sarif":
      return ui.line(formatSarif(diagnostics));
    case "github":
      return diagnostics.length === 0 ? undefined : ui.line(formatGitHub(diagnostics));
    case "pretty":
      return printPretty(ui, source, diagnostics);
  }
}

async function printPretty(ui: Ui, source: ConfigSource, diagnostics: readonly Diagnostic[]): Promise<void> {
  if (diagnostics.length > 0) {
    await ui.line(formatPretty(diagnostics, { color: ui.color, sources: sourcesOf(source) }));
  } else if (!ui.quiet) await ui.line(`${source.file} is valid.`);
}
