import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** Everything that the CLI takes from its environment; read once, here alone. */
export interface Settings {
  readonly serverUrl: string | undefined;
  readonly token: string | undefined;
  readonly profile: string | undefined;
  /** Where profiles stand, with their tokens. */
  readonly profilesFile: string;
  /** Where a server on this machine keeps its data, its admin token included. */
  readonly dataDir: string;
  readonly json: boolean;
  readonly debug: boolean;
  readonly ci: boolean;
  readonly color: ColorSettings;
}

/** The variables that decide on colours where no flag does. */
export interface ColorSettings {
  readonly noColor: boolean;
  readonly forceColor: boolean;
  readonly dumbTerminal: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings; an empty variable counts as unset. */
export function readSettings(env: Environment, workingDirectory: string): Settings {
  return Object.freeze({
    serverUrl: text(env["FMG_SERVER_URL"]),
    token: text(env["FMG_TOKEN"]),
    profile: text(env["FMG_PROFILE"]),
    profilesFile: join(configFolder(env), "fmg", "config.json"),
    dataDir: resolve(settingsRoot(workingDirectory), text(env["FMG_DATA_DIR"]) ?? "data"),
    json: isOn(env["FMG_JSON"]),
    debug: isOn(env["FMG_DEBUG"]),
    ci: isOn(env["CI"]),
    color: {
      noColor: (env["NO_COLOR"] ?? "") !== "" || isOff(env["FORCE_COLOR"]),
      forceColor: isOn(env["FORCE_COLOR"]) || isOn(env["CLICOLOR_FORCE"]),
      dumbTerminal: env["TERM"] === "dumb",
    },
  });
}

/** By the XDG base directories, which ask for an absolute path. */
function configFolder(env: Environment): string {
  const given = text(env["XDG_CONFIG_HOME"]);
  return given?.startsWith("/") === true ? given : join(text(env["HOME"]) ?? homedir(), ".config");
}

/** Relative paths count from the nearest parent with a pnpm-workspace.yaml, else from the working directory. */
function settingsRoot(workingDirectory: string): string {
  for (let folder = workingDirectory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
    if (folder === dirname(folder)) return workingDirectory;
  }
}

function text(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function isOn(value: string | undefined): boolean {
  return text(value) !== undefined && !isOff(value);
}

function isOff(value: string | undefined): boolean {
  return value === "0" || value === "false";
}
