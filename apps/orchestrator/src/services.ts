import type { Instant } from "@fmg/core";
import type { Db } from "@fmg/db";
import type { GitHub } from "@fmg/github";
import type { Bell, BellMessage, Live } from "@fmg/queue";
import type { OrbResolver } from "@fmg/parser/node";
import type { ContainerEngine, HostCapacity } from "@fmg/runner";
import type { BlobStore, LogStore } from "@fmg/storage";
import type { Logger } from "pino";
import type { ConfigCompiler } from "./compile/config-compiler.ts";
import type { DiskWatch } from "./sweep/disk-watch.ts";
import type { Settings } from "./settings.ts";

/** What every stage of the walk is given; built once in `main.ts`. */
export interface Services {
  readonly settings: Settings;
  readonly db: Db;
  readonly logs: LogStore;
  /** Caches, workspaces, artifacts. */
  readonly blobs: BlobStore;
  readonly bell: Bell;
  readonly live: Live;
  readonly engine: ContainerEngine;
  /** Of the engine. */
  readonly host: HostCapacity;
  readonly disk: DiskWatch;
  readonly compiler: ConfigCompiler;
  /** Finds the orbs of configs. */
  readonly orbs: OrbResolver;
  /** Undefined without a token: no status is sent. */
  readonly github: GitHub | undefined;
  /** This process in leases. */
  readonly owner: string;
  /** Marks our containers and volumes. */
  readonly instance: string;
  readonly now: () => Instant;
  readonly log: Logger;
}

/** Rings without waiting: a lost nudge costs time only, for reconcile derives it again from the rows. */
export function nudge(services: Pick<Services, "bell" | "log">, message: BellMessage): void {
  services.bell.ring(message).catch((error: unknown) => {
    services.log.warn(
      { err: error, queue: message.queue },
      "nudge was not delivered; reconcile will repeat it",
    );
  });
}

/** A change of a pipeline that people may be watching. */
export function publishStatus(services: Pick<Services, "live">, pipelineId: number): void {
  services.live.publish({ pipelineId, kind: "status" });
}
