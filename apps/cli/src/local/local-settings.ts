import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  builtInClasses,
  readMachineImages,
  readRemoteDocker,
  readResourceClasses,
  type HostOffers,
  type ResourceClasses,
} from "@fmg/runner";
import { findOrbs, readOrbSettings, type OrbResolver } from "@fmg/parser/node";
import { CliError } from "../errors.ts";

/** What this machine gives to local runs: the same variables as an orchestrator's, read once. */
export interface LocalSettings {
  /** Caches, results and logs of all projects. */
  readonly stateRoot: string;
  /** Undefined: the number of cores that Docker has. */
  readonly concurrency: number | undefined;
  readonly resourceClasses: ResourceClasses;
  readonly hostOffers: HostOffers;
  readonly pullPolicy: "if-not-present" | "always";
  readonly cacheMaxBytes: number;
  readonly orbs: OrbResolver;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `settings_invalid` or a usage error that names the variable. */
export function readLocalSettings(env: Environment, workingDirectory: string): LocalSettings {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const path = (name: string): string | undefined => {
    const value = text(name);
    return value === undefined ? undefined : resolve(workingDirectory, value);
  };
  const classes = path("FMG_RESOURCE_CLASSES_FILE");
  const remoteDocker = readRemoteDocker(text("FMG_REMOTE_DOCKER_HOST"), path("FMG_REMOTE_DOCKER_CERT_PATH"));
  const stateRoot = join(path("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "fmg", "run");
  const orbSettings = readOrbSettings(
    {
      folder: path("FMG_ORBS_DIR"),
      registryUrl: text("FMG_ORB_REGISTRY_URL"),
      tokenFile: path("FMG_ORB_REGISTRY_TOKEN_FILE"),
      addresses: text("FMG_ORB_ADDRESSES"),
      allowed: text("FMG_ALLOWED_ORBS"),
    },
    readSecretFile,
  );
  return {
    stateRoot,
    orbs: findOrbs(orbSettings, join(stateRoot, "orbs")),
    concurrency: wholeNumber("FMG_CONCURRENCY", text("FMG_CONCURRENCY")),
    resourceClasses: classes === undefined ? builtInClasses : readResourceClasses(classes),
    hostOffers: {
      machineImages: readMachineImages(text("FMG_MACHINE_IMAGES")),
      ...(remoteDocker === undefined ? {} : { remoteDocker }),
    },
    pullPolicy: text("FMG_PULL_POLICY") === "always" ? "always" : "if-not-present",
    cacheMaxBytes: 2 ** 30 * (wholeNumber("FMG_CACHE_MAX_GB", text("FMG_CACHE_MAX_GB")) ?? 20),
  };
}

function readSecretFile(file: string, setting: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    const { message } = thrown as NodeJS.ErrnoException;
    throw new CliError("usage", `${setting} cannot be read: ${message}`, [], { cause: thrown });
  }
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new CliError("usage", `${name} is "${text}", but must be a whole number from 1 on`, [
    `For example:  ${name}=4 fmg run`,
  ]);
}
