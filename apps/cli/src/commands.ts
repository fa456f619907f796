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
  show: {
    summary: "Show a pipeline and its jobs, with times and reasons",
    usage: "show <pipeline_id>",
    load: async () => (await import("./commands/show.ts")).Show,
  },
  watch: {
    summary: "Watch a pipeline until it ends",
    usage: "watch [pipeline_id]",
    load: async () => (await import("./commands/watch.ts")).Watch,
  },
  explain: {
    summary: "Tell what failed in a pipeline, and what changed since it was good",
    usage: "explain <pipeline_id> [job_name]",
    load: async () => (await import("./commands/explain.ts")).Explain,
  },
  open: {
    summary: "Open a pipeline's page in the browser",
    usage: "open [pipeline_id]",
    load: async () => (await import("./commands/open.ts")).Open,
  },
  mcp: {
    summary: "Serve pipelines, logs and failures to an agent",
    usage: "mcp",
    load: async () => (await import("./commands/mcp.ts")).Mcp,
  },
  run: {
    summary: "Run the config of this folder here, on the local Docker",
    usage: "run [workflow|job]",
    load: async () => (await import("./commands/run.ts")).Run,
  },
  trigger: {
    summary: "Start a pipeline of a branch, a tag or a commit",
    usage: "trigger <owner/name>",
    load: async () => (await import("./commands/trigger.ts")).Trigger,
  },
  "schedule list": {
    summary: "Show a repository's schedules with their next three times",
    usage: "schedule list <owner/name>",
    load: async () => (await import("./commands/schedule/list.ts")).ListSchedules,
  },
  "schedule create": {
    summary: "Start pipelines at the times of a cron line",
    usage: "schedule create <owner/name>",
    load: async () => (await import("./commands/schedule/create.ts")).CreateSchedule,
  },
  "schedule delete": {
    summary: "Delete a schedule",
    usage: "schedule delete <id>",
    load: async () => (await import("./commands/schedule/delete.ts")).DeleteSchedule,
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
  rerun: {
    summary: "Start a pipeline's workflows again, or one job of them",
    usage: "rerun <pipeline_id> [job_name]",
    load: async () => (await import("./commands/rerun.ts")).Rerun,
  },
  why: {
    summary: "Tell why a job waits, did not run, failed, or missed a cache",
    usage: "why <pipeline_id> [job_name]",
    load: async () => (await import("./commands/why.ts")).WhyCommand,
  },
  diff: {
    summary: "Show what changed between two pipelines",
    usage: "diff <pipeline_id> <pipeline_id>",
    load: async () => (await import("./commands/diff.ts")).DiffCommand,
  },
  approve: {
    summary: "Let an approval that is on hold go",
    usage: "approve <pipeline_id> [job_name]",
    load: async () => (await import("./commands/approve.ts")).Approve,
  },
  cancel: {
    summary: "Stop a pipeline, or one job of it",
    usage: "cancel <pipeline_id> [job_name]",
    load: async () => (await import("./commands/cancel.ts")).Cancel,
  },
  debug: {
    summary: "Open a shell in the kept container of a failed job",
    usage: "debug <pipeline_id> [job_name]",
    load: async () => (await import("./commands/debug.ts")).Debug,
  },
  login: {
    summary: "Keep a server and its token as a profile",
    usage: "login",
    load: async () => (await import("./commands/login.ts")).Login,
  },
  logout: {
    summary: "Forget the token of a profile",
    usage: "logout",
    load: async () => (await import("./commands/logout.ts")).Logout,
  },
  whoami: {
    summary: "Show whose token is used, and what it may do",
    usage: "whoami",
    load: async () => (await import("./commands/whoami.ts")).WhoamiCommand,
  },
  "profile list": {
    summary: "Show the servers that fmg knows",
    usage: "profile list",
    load: async () => (await import("./commands/profile/list.ts")).ListProfiles,
  },
  "profile use": {
    summary: "Make a profile the current one",
    usage: "profile use <name>",
    load: async () => (await import("./commands/profile/use.ts")).UseProfile,
  },
  "profile add": {
    summary: "Add a server without a token",
    usage: "profile add <name> <url>",
    load: async () => (await import("./commands/profile/add.ts")).AddProfile,
  },
  "profile remove": {
    summary: "Forget a server and its token",
    usage: "profile remove <name>",
    load: async () => (await import("./commands/profile/remove.ts")).RemoveProfile,
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
  "configure remove-runner": {
    summary: "Forget a runner",
    usage: "configure remove-runner <id>",
    load: async () => (await import("./commands/configure/remove-runner.ts")).RemoveRunner,
  },
  "repo list": {
    summary: "Show the repositories that pipelines are run of",
    usage: "repo list",
    load: async () => (await import("./commands/repo/list.ts")).ListRepos,
  },
  "cache list": {
    summary: "Show the caches of a repository",
    usage: "cache list",
    load: async () => (await import("./commands/cache/list.ts")).ListCaches,
  },
  "cache delete": {
    summary: "Forget caches of a repository",
    usage: "cache delete [id]",
    load: async () => (await import("./commands/cache/delete.ts")).DeleteCaches,
  },
  "secret list": {
    summary: "Show the variables of a project, never their values",
    usage: "secret list",
    load: async () => (await import("./commands/secret/list.ts")).ListSecrets,
  },
  "secret set": {
    summary: "Set a variable of a project",
    usage: "secret set <name>",
    load: async () => (await import("./commands/secret/set.ts")).SetSecret,
  },
  "secret delete": {
    summary: "Delete a variable of a project",
    usage: "secret delete <name>",
    load: async () => (await import("./commands/secret/delete.ts")).DeleteSecret,
  },
  "context list": {
    summary: "Show the contexts, and who may use them",
    usage: "context list",
    load: async () => (await import("./commands/context/list.ts")).ListContexts,
  },
  "context show": {
    summary: "Show a context and its variables, never their values",
    usage: "context show <context>",
    load: async () => (await import("./commands/context/show.ts")).ShowContext,
  },
  "context create": {
    summary: "Create a context: a set of variables that jobs ask for",
    usage: "context create <context>",
    load: async () => (await import("./commands/context/create.ts")).CreateContext,
  },
  "context delete": {
    summary: "Delete a context with its variables",
    usage: "context delete <context>",
    load: async () => (await import("./commands/context/delete.ts")).DeleteContext,
  },
  "context set": {
    summary: "Set a variable of a context",
    usage: "context set <context> <name>",
    load: async () => (await import("./commands/context/set.ts")).SetContextVariable,
  },
  "context unset": {
    summary: "Delete a variable of a context",
    usage: "context unset <context> <name>",
    load: async () => (await import("./commands/context/unset.ts")).UnsetContextVariable,
  },
  "context restrict": {
    summary: "Restrict who may use a context",
    usage: "context restrict <context>",
    load: async () => (await import("./commands/context/restrict.ts")).RestrictContext,
  },
  "context unrestrict": {
    summary: "Take a restriction of a context away",
    usage: "context unrestrict <context>",
    load: async () => (await import("./commands/context/unrestrict.ts")).UnrestrictContext,
  },
  doctor: {
    summary: "Look whether FMG is well, and mend what is not",
    usage: "doctor [--fix]",
    load: async () => (await import("./commands/doctor.ts")).Doctor,
  },
  gc: {
    summary: "Remove what killed and kept runs left in Docker here",
    usage: "gc [--dry-run]",
    load: async () => (await import("./commands/gc.ts")).Gc,
  },
  version: {
    summary: "Print the version of fmg, and of the server",
    usage: "version [--server]",
    load: async () => (await import("./commands/version.ts")).Version,
  },
  "admin status": {
    summary: "Show how the server stands",
    usage: "admin status",
    load: async () => (await import("./commands/admin/status.ts")).AdminStatus,
  },
  "admin rotate-key": {
    summary: "Seal all secrets under a new encryption key",
    usage: "admin rotate-key",
    load: async () => (await import("./commands/admin/rotate-key.ts")).RotateKey,
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
  "config graph": {
    summary: "Show the jobs of a config, what each waits for, and what is left out",
    usage: "config graph [file]",
    load: async () => (await import("./commands/config/graph.ts")).Graph,
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
  completion: {
    summary: "Print a script that completes fmg in bash, zsh or fish",
    usage: "completion bash|zsh|fish",
    load: async () => (await import("./commands/completion.ts")).Completion,
  },
};
