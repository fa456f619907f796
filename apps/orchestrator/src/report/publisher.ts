import type { Instant } from "@fmg/core";
import type { Services } from "../services.ts";
import { publishStatuses } from "./publish-statuses.ts";

/** Keeps delivering statuses in this process: one run at a time, and again when the next one is due. */
export interface Publisher {
  /** Resolves when nothing is due at the moment. */
  publish(): Promise<void>;
  close(): void;
}

export function createPublisher(services: Services, signal: AbortSignal): Publisher {
  let running: Promise<void> | undefined;
  let again = false;
  let silentUntil: Instant = 0;
  let timer: NodeJS.Timeout | undefined;

  const run = async () => {
    do {
      again = false;
      if (services.now() < silentUntil) return;
      const { nextAt, silent } = await publishStatuses(services, signal);
      if (nextAt !== undefined && silent) silentUntil = nextAt;
      clearTimeout(timer);
      if (nextAt !== undefined && !signal.aborted) wakeAt(nextAt);
    } while (again && !signal.aborted);
  };
  const publish = () => {
    // What became due during a run may have been missed by it.
    again = running !== undefined;
    running ??= run().finally(() => (running = undefined));
    return running;
  };
  const wakeAt = (at: number) => {
    timer = setTimeout(
      () => {
        publish().catch((error: unknown) =>
          services.log.error({ err: error }, "statuses could not be delivered"),
        );
      },
      Math.max(0, at - services.now()),
    );
  };

  return { publish, close: () => clearTimeout(timer) };
}
