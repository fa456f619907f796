import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { FmgError, Secret, type StatusContexts } from "@fmg/core";
import { KEY_SETTING, readKeyRing, type KeySource } from "@fmg/db";
import { readOrbSettings, type OrbSettings } from "@fmg/parser/node";
import {
  builtInClasses,
  readMachineImages,
  readRemoteDocker,
  readResourceClasses,
  type HostOffers,
  type ResourceClasses,
} from "@fmg/runner";
import { nobody, readReceivers } from "./report/notify/read-receivers.ts";
import type { NotifySettings } from "./report/notify/receivers.ts";
import { readQueueRules, type QueueRules } from "./run/queue-rules.ts";
import { readSecrets } from "./run/read-secrets.ts";
import { readPrivateFile } from "./run/private-file.ts";
import type { Watermark } from "./sweep/disk-watch.ts";

/** Everything that the orchestrator takes from its environment; read once, here alone. */
export interface Settings {
  readonly dataDir: string;
  readonly workspaceRoot: string;
  /** Undefined: the API's embedded Redis is joined. */
  readonly redisUrl: string | undefined;
  /** Attempts carried out at once. */
  readonly concurrency: number;
  /** What resource classes mean here. */
  readonly resourceClasses: ResourceClasses;
  /** How often each core of the host may be promised to jobs that name a class. */
  readonly cpuOvercommit: number;
  /** In which order jobs get what room there is. */
  readonly queueRules: QueueRules;
  /** So long the container of a failed attempt is kept; 0: it is removed at once. */
  readonly keepFailedForMs: number;
  /** So long an approval waits for a person, from the moment it is on hold; 0: for ever. (R-APR-3) */
  readonly approvalExpiresAfterMs: number;
  /** From its start on, without the time in the queue: then a job is ended. (R-LIFE-1, R-LIFE-3) */
  readonly jobTimeoutMs: number;
  /** All caches together; the least recently used go first. */
  readonly cacheMaxBytes: number;
  /** The artifacts of one node of a job together; what is beyond is left out. */
  readonly jobArtifactsMaxBytes: number;
  /** Images that FMG pulled, together; undefined: as many as the disks have room for. */
  readonly imagesMaxBytes: number | undefined;
  /** Below it no attempt starts. */
  readonly diskWatermark: Watermark;
  /** 0 = any free port; undefined: no health server. */
  readonly healthPort: number | undefined;
  readonly host: string;
  readonly publicUrl: string;
  /** Undefined: a new one is kept in the data directory. */
  readonly instance: string | undefined;
  /** Commits of history that a checkout without a method has; 0: all. */
  readonly checkoutDepth: number;
  /** Whether a checkout brings submodules along, from the server of their repository. */
  readonly checkoutSubmodules: "on" | "off";
  /** The file with the secrets of trusted pipelines; checked at the start, and read anew for every job. */
  readonly secretsFile: string | undefined;
  /** Who hears of workflows that broke or were fixed. */
  readonly notify: NotifySettings;
  /** What opens the variables of projects and contexts. */
  readonly encryptionKey: KeySource;
  readonly githubToken: Secret | undefined;
  readonly githubApiUrl: string;
  readonly githubServerUrl: string;
  readonly statusContexts: StatusContexts;
  /** What a job that a filter or condition leaves out says on the commit. */
  readonly skippedStatus: "none" | "success";
  readonly logLevel: string;
  readonly hostOffers: HostOffers;
  readonly pullPolicy: "if-not-present" | "always";
  /** The longest that a job's first step waits for its service containers. */
  readonly serviceWaitMs: number;
  readonly stepProgram: "auto" | "sh";
  /** Whether a newer pipeline of a branch cancels the older ones of a project ("owner/name"). (R-AC-1) */
  readonly autoCancel: (repository: string) => boolean;
  /** Whether the config of a project may be a setup config. (R-DYN-3) */
  readonly dynamicConfig: (repository: string) => boolean;
  /** Where orbs come from. */
  readonly orbs: OrbSettings;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks the settings; throws FmgError `settings_invalid` that names the variable. */
export function readSettings(env: Environment, workingDirectory: string): Settings {
  const root = settingsRoot(workingDirectory);
  const path = (name: string, fallback: string) => {
    const value = text(env, name) ?? fallback;
    return isAbsolute(value) ? value : resolve(root, value);
  };
  const token = text(env, "GITHUB_TOKEN");
  const certificates = text(env, "FMG_REMOTE_DOCKER_CERT_PATH");
  const remoteDocker = readRemoteDocker(text(env, "FMG_REMOTE_DOCKER_HOST"), located(root, certificates));
  const classes = text(env, "FMG_RESOURCE_CLASSES_FILE");
  const notifyFile = text(env, "FMG_NOTIFY_FILE");
  return Object.freeze({
    dataDir: path("FMG_DATA_DIR", "data"),
    workspaceRoot: path("FMG_WORKSPACE_ROOT", "workspaces"),
    redisUrl: text(env, "REDIS_URL"),
    concurrency: wholeNumber(env, "FMG_CONCURRENCY", { min: 1, max: 1000 }) ?? availableParallelism(),
    resourceClasses: classes === undefined ? builtInClasses : readResourceClasses(resolve(root, classes)),
    cpuOvercommit: factor(env, "FMG_CPU_OVERCOMMIT", { min: 1, max: 100 }) ?? 1,
    queueRules: readQueueRules(text(env, "FMG_PROJECT_SHARES"), text(env, "FMG_PRIORITIES")),
    keepFailedForMs: duration(env, "FMG_KEEP_FAILED_FOR") ?? 0,
    approvalExpiresAfterMs: duration(env, "FMG_APPROVAL_EXPIRES_AFTER") ?? 90 * durations.d,
    jobTimeoutMs: jobTimeout(env),
    diskWatermark: watermark(env, "FMG_DISK_WATERMARK") ?? { bytes: 2 ** 30 },
    imagesMaxBytes: gigabytes(wholeNumber(env, "FMG_IMAGES_MAX_GB", { min: 1, max: 100_000 })),
    cacheMaxBytes: 2 ** 30 * (wholeNumber(env, "FMG_CACHE_MAX_GB", { min: 0, max: 100_000 }) ?? 20),
    jobArtifactsMaxBytes:
      1e9 * (wholeNumber(env, "FMG_JOB_ARTIFACTS_MAX_GB", { min: 0, max: 100_000 }) ?? 20),
    healthPort: wholeNumber(env, "FMG_HEALTH_PORT", { min: 0, max: 65_535 }),
    host: text(env, "HOST") ?? "127.0.0.1",
    publicUrl: url(env, "FMG_PUBLIC_URL") ?? `http://localhost:${text(env, "PORT") ?? "5000"}`,
    instance: instanceName(env),
    checkoutDepth: wholeNumber(env, "FMG_CHECKOUT_DEPTH", { min: 0, max: 1_000_000 }) ?? 1,
    checkoutSubmodules: oneOf(env, "FMG_CHECKOUT_SUBMODULES", ["on", "off"]) ?? "off",
    secretsFile: checkedSecretsFile(root, text(env, "FMG_SECRETS_FILE")),
    notify: notifyFile === undefined ? nobody : readReceivers(resolve(root, notifyFile)),
    encryptionKey: checkedKey(text(env, KEY_SETTING), path("FMG_DATA_DIR", "data")),
    githubToken: token === undefined ? undefined : new Secret(token),
    githubApiUrl: url(env, "GITHUB_API_URL") ?? "https://api.github.com",
    githubServerUrl: url(env, "GITHUB_SERVER_URL") ?? "https://github.com",
    statusContexts: oneOf(env, "FMG_STATUS_CONTEXTS", ["fmg", "circleci"]) ?? "fmg",
    hostOffers: {
      machineImages: readMachineImages(text(env, "FMG_MACHINE_IMAGES")),
      ...(remoteDocker === undefined ? {} : { remoteDocker }),
    },
    pullPolicy: oneOf(env, "FMG_PULL_POLICY", ["if-not-present", "always"]) ?? "if-not-present",
    serviceWaitMs: 1000 * (wholeNumber(env, "FMG_SERVICE_WAIT_SECONDS", { min: 1, max: 3600 }) ?? 60),
    stepProgram: oneOf(env, "FMG_STEP_PROGRAM", ["auto", "sh"]) ?? "auto",
    autoCancel: projects(env, "FMG_AUTO_CANCEL", "off"),
    dynamicConfig: projects(env, "FMG_DYNAMIC_CONFIG", "on"),
    orbs: readOrbSettings(
      {
        folder: located(root, text(env, "FMG_ORBS_DIR")),
        registryUrl: url(env, "FMG_ORB_REGISTRY_URL"),
        tokenFile: located(root, text(env, "FMG_ORB_REGISTRY_TOKEN_FILE")),
        addresses: text(env, "FMG_ORB_ADDRESSES"),
        allowed: text(env, "FMG_ALLOWED_ORBS"),
      },
      readPrivateFile,
    ),
    skippedStatus: oneOf(env, "FMG_SKIPPED_STATUS", ["none", "success"]) ?? "none",
    logLevel: oneOf(env, "FMG_LOG_LEVEL", ["debug", "info", "warn", "error"]) ?? "info",
  });
}

function located(root: string, named: string | undefined): string | undefined {
  return named === undefined ? undefined : resolve(root, named);
}

/** `on`, `off`, or the names of the projects that want it. */
function projects(env: Environment, name: string, fallback: "on" | "off"): (repository: string) => boolean {
  const value = oneOrMore(text(env, name) ?? fallback);
  if (value.length === 1 && value[0] === "on") return () => true;
  if (value.length === 1 && value[0] === "off") return () => false;
  if (!value.every((project) => /^[^/\s]+\/[^/\s]+$/.test(project))) {
    throw invalid(name, value.join(","), "on, off, or names as owner/name with commas between them");
  }
  const names = new Set(value.map((project) => project.toLowerCase()));
  return (repository) => names.has(repository.toLowerCase());
}

function oneOrMore(list: string): string[] {
  return list.split(",").map((item) => item.trim());
}

function checkedSecretsFile(root: string, named: string | undefined): string | undefined {
  if (named === undefined) return undefined;
  const file = resolve(root, named);
  readSecrets(file);
  return file;
}

/** A wrong key, or one that others may read, is told at the start; at the first start the API may not have made it yet. */
function checkedKey(setting: string | undefined, dataDir: string): KeySource {
  const file = join(dataDir, "encryption-key");
  const source: KeySource =
    setting === undefined ? { kind: "file", file } : { kind: "setting", value: new Secret(setting) };
  if (source.kind === "setting" || existsSync(file)) readKeyRing(source);
  return source;
}

/** Relative paths count from the nearest parent with a pnpm-workspace.yaml, else from the working directory. */
function settingsRoot(workingDirectory: string): string {
  for (let folder = workingDirectory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
    if (folder === dirname(folder)) return workingDirectory;
  }
}

/** An empty variable counts as unset, as docker-compose passes unset ones on. */
function text(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

function wholeNumber(
  env: Environment,
  name: string,
  range: { min: number; max: number },
): number | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < range.min || number > range.max) {
    throw invalid(name, value, `a whole number from ${range.min} to ${range.max}`);
  }
  return number;
}

function gigabytes(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count * 2 ** 30;
}

function factor(env: Environment, name: string, range: { min: number; max: number }): number | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number >= range.min && number <= range.max)) {
    throw invalid(name, value, `a number from ${range.min} to ${range.max}`);
  }
  return number;
}

const durations = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `30m`, `2h`, `7d` or 0. */
function duration(env: Environment, name: string): number | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const [, count, unit] = /^(\d+)([smhd]?)$/.exec(value) ?? [];
  if (Number(count) === 0) return 0;
  if (unit === "s" || unit === "m" || unit === "h" || unit === "d") return Number(count) * durations[unit];
  throw invalid(name, value, 'a time as "90s", "30m", "2h" or "7d", or 0');
}

/** CircleCI's longest, unless told. (R-LIFE-1) */
function jobTimeout(env: Environment): number {
  const told = duration(env, "FMG_JOB_TIMEOUT") ?? 5 * 3_600_000;
  if (told === 0) throw invalid("FMG_JOB_TIMEOUT", "0", 'a time as "90s", "30m", "2h" or "7d"');
  return told;
}

const units = { m: 2 ** 20, g: 2 ** 30 } as const;

/** `500m`, `2g` or `5%`; 0 of any of them switches the watch off. */
function watermark(env: Environment, name: string): Watermark | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const [, count, unit] = /^(\d+(?:\.\d+)?)([mg%])$/.exec(value) ?? [];
  if (unit === "%" && Number(count) <= 100) return { share: Number(count) / 100 };
  if (unit === "m" || unit === "g") return { bytes: Number(count) * units[unit] };
  throw invalid(name, value, 'an amount of free disk as "500m", "2g" or "5%"');
}

function url(env: Environment, name: string): string | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  if (!/^https?:$/.test(URL.parse(value)?.protocol ?? "")) throw invalid(name, value, "an http(s) URL");
  return value.replace(/\/+$/, "");
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly T[]): T | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(name, value, values.join(" or "));
  return found;
}

function instanceName(env: Environment): string | undefined {
  const value = text(env, "FMG_INSTANCE");
  if (value !== undefined && !/^[a-z0-9][a-z0-9-]{3,30}$/.test(value)) {
    throw invalid("FMG_INSTANCE", value, "4 to 31 lower-case letters, digits and hyphens");
  }
  return value;
}

function invalid(name: string, value: string, expected: string): FmgError {
  return new FmgError("settings_invalid", `${name} is "${value}", but must be ${expected}`);
}
