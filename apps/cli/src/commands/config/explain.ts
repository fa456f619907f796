import { string } from "@oclif/core/flags";
import { explain, formatExplanation, type ExplainQuery, type Explanation } from "@fmg/parser";

import { compileSource } from "../../config/compile-source.ts";
import { configArgs, configFlags } from "../../config/config-flags.ts";
import { readSource } from "../../config/read-source.ts";
import { tellRejected } from "../../config/tell.ts";
import { CliError } from "../../errors.ts";
import { FmgCommand } from "../../fmg-command.ts";
import { nearest } from "../../nearest.ts";

/** `fmg config explain` */
export class Explain extends FmgCommand {
  static override summary = "Tell where each part of a job comes from, or what leaves the job out.";
  static override usage =
    "config explain [file] [--workflow <name>] [--job <name>] [--step <number or name>] [--param <name>=<value>] [--branch <name> | --tag <name>] [--orb-dir <folder>]";
  static override args = configArgs;
  static override flags = {
    ...configFlags,
    workflow: string({ helpValue: "<name>", description: "the jobs of this workflow; else of all" }),
    job: string({ helpValue: "<name>", description: "this job; else all of them" }),
    step: string({ helpValue: "<number or name>", description: "this step of it; else all of them" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Explain);
    const ui = this.openUi(flags);
    const source = await readSource(args.file);
    const compilation = await compileSource(source, flags);
    if (compilation.kind === "rejected") return tellRejected(ui, source, compilation.diagnostics);
    const query = queryOf(flags);
    const items = explain(compilation, query);
    if (items.length === 0) throw nothingFound(query, explain(compilation));
    if (ui.json) return ui.document({ items });
    await ui.line(items.map(formatExplanation).join("\n\n"));
  }
}

function queryOf(flags: {
  workflow?: string | undefined;
  job?: string | undefined;
  step?: string | undefined;
}): ExplainQuery {
  const { workflow, job, step } = flags;
  return {
    ...(workflow === undefined ? {} : { workflow }),
    ...(job === undefined ? {} : { job }),
    ...(step === undefined ? {} : { step: /^\d+$/.test(step) ? Number(step) : step }),
  };
}

function nothingFound({ workflow, job, step }: ExplainQuery, all: readonly Explanation[]): CliError {
  const within = all.filter((found) => workflow === undefined || found.workflow === workflow);
  const [what, wanted, names] =
    within.length === 0
      ? (["workflow", workflow, all.map((found) => found.workflow)] as const)
      : within.some((found) => job === undefined || found.job === job)
        ? (["step", step, []] as const)
        : (["job", job, within.map((found) => found.job)] as const);
  const known = [...new Set(names)];
  const guess = nearest(String(wanted), known);
  return new CliError("not-found", `there is no ${what} "${wanted ?? ""}"`, [
    ...(guess === undefined ? [] : [`Did you mean:  fmg config explain --${what} ${guess}`]),
    ...(known.length === 0 ? [] : [`There are:  ${known.join(", ")}`]),
  ]);
}
