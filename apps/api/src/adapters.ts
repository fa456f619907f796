import type { Secret } from "@fmg/core";
import type { Db, KeySource } from "@fmg/db";
import type { CheckUps, Live, Terminals } from "@fmg/queue";
import type { BlobStore, LogStore } from "@fmg/storage";
import type { FastifyBaseLogger } from "fastify";
import type { Nudger } from "./nudger.ts";

/** What the server works with; `main.ts` makes them, and closes them after it. */
export interface Adapters {
  readonly db: Db;
  readonly logs: LogStore;
  readonly blobs: BlobStore;
  readonly live: Pick<Live, "subscribe" | "publish">;
  readonly terminals: Pick<Terminals, "ask" | "join">;
  readonly checkUps: Pick<CheckUps, "ask">;
  readonly nudger: Nudger;
  readonly log: FastifyBaseLogger;
  readonly webhookSecret: Secret;
  /** What seals secrets; nothing in the API opens one. */
  readonly encryptionKey: KeySource;
  readonly allowUnsignedWebhooks: boolean;
  readonly githubServerUrl: string;
  /** Whether the badges of a repository, `owner/name`, are shown without a token. */
  readonly publicBadges: (repository: string) => boolean;
  /** Where people reach this server; it may be known only once the server listens. */
  readonly publicUrl: () => string;
  readonly dataDir: string;
  /** Of this program. */
  readonly version: string;
  /** The commit that a full ref of a repository stands on, where there is such a ref; throws FmgError `clone_failed` where its server does not tell. */
  readonly resolveRef: (cloneUrl: string, ref: string) => Promise<string | undefined>;
  /** Whether a commit is on a full ref of a repository; throws the same. */
  readonly isOnRef: (cloneUrl: string, ref: string, sha: string) => Promise<boolean>;
  /** Rejects when Redis does not answer. */
  readonly pingRedis: () => Promise<void>;
  readonly now: () => number;
}
