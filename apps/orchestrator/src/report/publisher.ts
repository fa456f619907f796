import type { Services } from "../services.ts";
import { createStatusSender } from "./status-sender.ts";

/** Keeps delivering statuses in this process: one run at a time, and again when the next one is due. */
export interface Publisher {
  /** Resolves when nothing is due at the moment. */
  publish(): Promise<void>;
  close(): void;
}

export function createPublisher(services: Services, signal: AbortSignal): Publisher {
  const sender = createStatusSender(services);
  let running: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  const run = async () => {
    do {
      again = false;
      const nextAt = await sender.deliver(signal);
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
