import { string as argument } from "@oclif/core/args";
import { boolean, option, string } from "@oclif/core/flags";

import { configFlags } from "../config/config-flags.ts";
import { CliError } from "../errors.ts";
import { formatFlag } from "../print-items.ts";
import { FmgCommand } from "../fmg-command.ts";
import { readEnvFiles } from "../local/env-file.ts";
import { likePipeline } from "../local/like-pipeline.ts";
import { readLocalSettings } from "../local/local-settings.ts";
import { findProject } from "../local/project.ts";
import { localEvents } from "../local/local-trigger.ts";
import { runAndWatch } from "../local/run-and-watch.ts";
import { runHere, type RunOptions } from "../local/run-here.ts";
import { readPipelineReference } from "../pipeline-reference.ts";
import { showPlan, type PlanView } from "../local/show-plan.ts";
import type { Selection } from "../local/select-jobs.ts";

/** `fmg run` */
export class Run extends FmgCommand {
  static override summary =
    "Run the config of this folder here, on the local Docker, with its local changes.";
  static override usage =
    "run [workflow|job] [--job <name> | --from <name>] [--env-file <file>] [--param <name>=<value>]";
  static override args = {
    name: argument({
      description: "a workflow, or a job with all that it requires; else all workflows",
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...configFlags,
    ...formatFlag,
    config: string({ helpValue: "<file>", description: "another config than .circleci/config.yml" }),
    "env-file": string({
      helpValue: "<file>",
      multiple: true,
      multipleNonGreedy: true,
      description: "variables NAME=value; below a line [name] those of a context",
    }),
    job: string({
      helpValue: "<name>",
      exclusive: ["from"],
      description: "this job alone, whatever it requires",
    }),
    from: string({
      helpValue: "<name>",
      description: "this job and all after it; the others stand as an earlier run left them",
    }),
    approve: string({
      helpValue: "<name>",
      multiple: true,
      multipleNonGreedy: true,
      description: "approves this job without a question",
    }),
    yes: boolean({ char: "y", description: "approves everything" }),
    artifacts: string({ helpValue: "<folder>", description: "where artifacts go; else .fmg/artifacts" }),
    "only-step": string({
      helpValue: "<name>",
      dependsOn: ["job"],
      description: "this step of the job alone, after those that bring its files",
    }),
    event: option({
      options: localEvents,
      description: "what the run stands for: a push, a tag, a pull request, or a request to the API",
    })(),
    list: boolean({ exclusive: ["graph", "dry-run"], description: "names the jobs, and runs none" }),
    graph: boolean({
      exclusive: ["dry-run"],
      description: "shows which job waits for which, and runs none",
    }),
    "dry-run": boolean({ description: "shows what would run and what would not, and why" }),
    like: string({
      helpValue: "<pipeline>",
      description: "with the ref, parameters, id and number of a server's pipeline",
    }),
    watch: boolean({ description: "runs again what a changed file touches, until Ctrl-C" }),
    keep: boolean({ description: "containers stay until the next run here" }),
    "shell-on-fail": boolean({ description: "opens a shell where a job failed" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Run);
    const ui = this.openUi(flags);
    const settings = readLocalSettings(process.env, process.cwd());
    const project = await findProject(process.cwd(), settings.stateRoot);
    const reference = flags.like === undefined ? undefined : readPipelineReference(flags.like);
    const like =
      reference === undefined
        ? {}
        : await this.withServer(flags, ({ client }) => likePipeline(client, reference, flags));
    const options: RunOptions = {
      ...flags,
      config: flags.config,
      event: flags.event,
      onlyStep: flags["only-step"],
      selection: selectionOf(args.name, flags),
      variables: await readEnvFiles(flags["env-file"] ?? []),
      approve: flags.approve ?? [],
      approveAll: flags.yes,
      shellOnFail: flags["shell-on-fail"],
      artifacts: flags.artifacts,
      ...like,
    };
    const place = { ui, project, settings };
    const view = viewOf(flags);
    const run = flags.watch ? runAndWatch : runHere;
    process.exitCode = await (view === undefined ? run(place, options) : showPlan(place, options, view));
  }
}

function viewOf(flags: {
  readonly list: boolean;
  readonly graph: boolean;
  readonly "dry-run": boolean;
}): PlanView | undefined {
  if (flags.list) return "list";
  if (flags.graph) return "graph";
  return flags["dry-run"] ? "tree" : undefined;
}

function selectionOf(
  name: string | undefined,
  { job, from }: { readonly job?: string | undefined; readonly from?: string | undefined },
): Selection {
  const other = job ?? from;
  if (name !== undefined && other !== undefined) {
    const hints = [`With what it requires:  fmg run ${name}`, `Alone:  fmg run --job ${other}`];
    throw new CliError("usage", `both ${name} and ${other} are named`, hints);
  }
  if (job !== undefined) return { kind: "alone", job };
  if (from !== undefined) return { kind: "from", job: from };
  return name === undefined ? { kind: "all" } : { kind: "named", name };
}
