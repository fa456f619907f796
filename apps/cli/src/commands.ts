import type { Command } from "@oclif/core/command";
import type { Config } from "@oclif/core/config";

/** A command that can be made: oclif's own base class is abstract. */
type CommandClass = typeof Command & (new (argv: string[], config: Config) => Command);

/** One line of the help, and the module behind it, loaded only when it is asked for. */
export interface CommandEntry {
  readonly summary: string;
  readonly usage: string;
  readonly load: () => Promise<CommandClass>;
}

/** Every command of fmg, by the words that call it. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  list: {
    summary: "Show the newest pipelines, one a line",
    usage: "list",
    load: async () => (await import("./commands/list.ts")).List,
  },
  logs: {
    summary: "Print the log of a job, or follow it",
    usage: "logs <pipeline_id> [job_name]",
    load: async () => (await import("./commands/logs.ts")).Logs,
  },
  tests: {
    summary: "Show the tests that failed, with their messages",
    usage: "tests <pipeline_id> [job_name]",
    load: async () => (await import("./commands/tests.ts")).Tests,
  },
  "artifacts list": {
    summary: "Show the files that jobs kept",
    usage: "artifacts list <pipeline_id> [job_name]",
    load: async () => (await import("./commands/artifacts/list.ts")).ListArtifacts,
  },
  "artifacts get": {
    summary: "Fetch the files that jobs kept",
    usage: "artifacts get <pipeline_id> [job_name]",
    load: async () => (await import("./commands/artifacts/get.ts")).GetArtifacts,
  },
  debug: {
    summary: "Open a shell in the kept container of a failed job",
    usage: "debug <pipeline_id> <job_name>",
    load: async () => (await import("./commands/debug.ts")).Debug,
  },
  "configure add-runner": {
    summary: "Add a runner by its host name",
    usage: "configure add-runner <host>",
    load: async () => (await import("./commands/configure/add-runner.ts")).AddRunner,
  },
  "configure list-runners": {
    summary: "Show the runners and which of them are active",
    usage: "configure list-runners",
    load: async () => (await import("./commands/configure/list-runners.ts")).ListRunners,
  },
  "config validate": {
    summary: "Check a config, without a server",
    usage: "config validate [file]",
    load: async () => (await import("./commands/config/validate.ts")).Validate,
  },
  "config compile": {
    summary: "Print a config as it is run",
    usage: "config compile [file]",
    load: async () => (await import("./commands/config/compile.ts")).Compile,
  },
  "config explain": {
    summary: "Tell where each part of a job comes from, or what leaves it out",
    usage: "config explain [file]",
    load: async () => (await import("./commands/config/explain.ts")).Explain,
  },
  "config schema": {
    summary: "Print a JSON Schema of the language",
    usage: "config schema",
    load: async () => (await import("./commands/config/schema.ts")).Schema,
  },
};
