import { printConfig } from "@fmg/parser";

import { compileSource } from "../../config/compile-source.ts";
import { configArgs, configFlags } from "../../config/config-flags.ts";
import { readSource } from "../../config/read-source.ts";
import { tellDiagnostics, tellRejected } from "../../config/tell.ts";
import { FmgCommand } from "../../fmg-command.ts";

/** `fmg config compile` */
export class Compile extends FmgCommand {
  static override summary = "Print a config as it is run: everything resolved, in plain YAML.";
  static override usage =
    "config compile [file] [--param <name>=<value>] [--branch <name> | --tag <name>] [--orb-dir <folder>] [--strict]";
  static override args = configArgs;
  static override flags = configFlags;

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Compile);
    const ui = this.openUi(flags);
    const source = await readSource(args.file);
    const compilation = await compileSource(source, flags);
    if (compilation.kind === "rejected") return tellRejected(ui, source, compilation.diagnostics);
    const { config, plan, warnings } = compilation;
    if (ui.json) return ui.document({ config: printConfig(config), plan, warnings });
    tellDiagnostics(ui, source, warnings);
    await ui.bytes(Buffer.from(printConfig(config)));
  }
}
