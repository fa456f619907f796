import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FmgError, Secret } from "@fmg/core";
import type { KeySource } from "@fmg/db";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";

const HttpUrl = Type.String({ pattern: "^https?://[^/\\s]+\\S*$", expected: "an http(s) URL" });

/** The variables as they come, and what they must be; `expected` is for the message. */
const Variables = Type.Object({
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 5000,
    expected: "a port, or 0 for any free one",
  }),
  HOST: Type.String({ default: "127.0.0.1", expected: "a host name or an address" }),
  FMG_PUBLIC_URL: Type.Optional(HttpUrl),
  FMG_DATA_DIR: Type.String({ default: "data", expected: "a folder" }),
  FMG_ADMIN_TOKEN: Type.Optional(Type.String({ minLength: 16, expected: "at least 16 characters" })),
  FMG_ENCRYPTION_KEY: Type.Optional(Type.String({ expected: "keys of 32 bytes, in base64 or hex" })),
  WEBHOOK_SECRET: Type.Optional(Type.String({ minLength: 8, expected: "at least 8 characters" })),
  FMG_ALLOW_UNSIGNED_WEBHOOKS: Type.Boolean({ default: false, expected: "true or false" }),
  GITHUB_SERVER_URL: Type.Unsafe<string>({ ...HttpUrl, default: "https://github.com" }),
  FMG_PUBLIC_BADGES: Type.Optional(
    Type.String({
      pattern: "^[\\w.*-]+(/[\\w.*-]+)?(\\s*,\\s*[\\w.*-]+(/[\\w.*-]+)?)*$",
      expected: 'repositories as "octo/repo,octo/*", or * for all',
    }),
  ),
  GITHUB_TOKEN: Type.Optional(Type.String({ expected: "a token of GitHub" })),
  REDIS_URL: Type.Optional(Type.String({ expected: "a Redis URL" })),
  FMG_REDIS_BIN: Type.Optional(Type.String({ expected: "a program" })),
  FMG_LOG_LEVEL: Type.Enum(["debug", "info", "warn", "error"], {
    default: "info",
    expected: "debug, info, warn or error",
  }),
});

type Variables = Static<typeof Variables>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that the API takes from its environment; read once, here alone. */
export interface Settings {
  /** 0 = any free one. */
  readonly port: number;
  readonly host: string;
  /** Undefined: `http://localhost:<port>`. */
  readonly publicUrl: string | undefined;
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined: the one in the data directory. */
  readonly adminToken: Secret | undefined;
  readonly webhookSecret: Secret | undefined;
  /** What seals secrets: the setting, else the file in the data directory. */
  readonly encryptionKey: KeySource;
  readonly allowUnsignedWebhooks: boolean;
  /** Whose deliveries are taken. */
  readonly githubServerUrl: string;
  /** Whether the badges of a repository, `owner/name`, are shown without a token. */
  readonly publicBadges: (repository: string) => boolean;
  /** To ask where the branches of private repositories are. */
  readonly githubToken: Secret | undefined;
  /** Undefined: an embedded one. */
  readonly redisUrl: string | undefined;
  readonly redisBin: string | undefined;
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** Reads and checks the settings; throws FmgError `settings_invalid` that names the variable, never its secret value. */
export function readSettings(environment: Environment, workingDirectory: string): Settings {
  const given = parse(environment);
  const dataDir = resolve(settingsRoot(workingDirectory), given.FMG_DATA_DIR);
  return Object.freeze({
    port: given.PORT,
    host: given.HOST,
    publicUrl: withoutSlash(given.FMG_PUBLIC_URL),
    dataDir,
    adminToken: secret(given.FMG_ADMIN_TOKEN),
    webhookSecret: secret(given.WEBHOOK_SECRET),
    encryptionKey: keySource(given.FMG_ENCRYPTION_KEY, dataDir),
    allowUnsignedWebhooks: given.FMG_ALLOW_UNSIGNED_WEBHOOKS,
    githubServerUrl: withoutSlash(given.GITHUB_SERVER_URL),
    publicBadges: repositoryMatcher(given.FMG_PUBLIC_BADGES ?? ""),
    githubToken: secret(given.GITHUB_TOKEN),
    redisUrl: given.REDIS_URL,
    redisBin: given.FMG_REDIS_BIN,
    logLevel: given.FMG_LOG_LEVEL,
  });
}

function parse(environment: Environment): Variables {
  // An empty variable counts as unset, as docker-compose passes unset ones on.
  const set = Object.entries(Variables.properties).flatMap(([name, shape]) => {
    const value = environment[name]?.trim();
    return value === undefined || value === "" ? [] : [[name, fromText(shape, value)] as const];
  });
  const value: unknown = Value.Default(Variables, Object.fromEntries(set));
  if (Value.Check(Variables, value)) return value;
  const [first] = Value.Errors(Variables, value);
  const name = first?.instancePath.slice(1) ?? "a setting";
  const { expected } = Variables.properties[name as keyof Variables] as unknown as { expected: string };
  throw new FmgError(
    "settings_invalid",
    `the setting ${name} is not ${expected}: correct it in the environment`,
  );
}

/** Typebox's own conversion would cut the port 80.5 to 80, and take "1" for true. */
function fromText(shape: object, text: string): unknown {
  const type = "type" in shape ? shape.type : undefined;
  if (type === "integer" && /^\d{1,9}$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** Names of repositories, in any case of letters, in which `*` stands for anything. */
function repositoryMatcher(list: string): (repository: string) => boolean {
  const patterns = list
    .split(",")
    .map((pattern) => pattern.trim().replaceAll(".", "\\.").replaceAll("*", ".*"));
  const whole = new RegExp(`^(?:${patterns.join("|")})$`, "i");
  return (repository) => list !== "" && whole.test(repository);
}

/** Relative paths count from the nearest parent with a pnpm-workspace.yaml, else from the working directory. */
function settingsRoot(workingDirectory: string): string {
  for (let folder = workingDirectory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
    if (folder === dirname(folder)) return workingDirectory;
  }
}

function keySource(setting: string | undefined, dataDir: string): KeySource {
  if (setting === undefined) return { kind: "file", file: join(dataDir, "encryption-key") };
  return { kind: "setting", value: new Secret(setting) };
}

function secret(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value);
}

function withoutSlash<T extends string | undefined>(url: T): T {
  return url?.replace(/\/+$/, "") as T;
}
