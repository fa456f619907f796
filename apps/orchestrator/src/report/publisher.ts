import type { Services } from "../services.ts";
import { createNotificationSender } from "./notify/notification-sender.ts";
import type { Sender } from "./sender.ts";
import { createStatusSender } from "./status-sender.ts";

/** Keeps delivering statuses and notifications in this process, and again when the next one is due. */
export interface Publisher {
  /** Resolves when no status is due at the moment. Notifications go on beside it: their receivers may be slow. */
  publish(): Promise<void>;
  /** Call when the signal is aborted; resolves when nothing is under way. */
  close(): Promise<void>;
}

export function createPublisher(services: Services, signal: AbortSignal): Publisher {
  const statuses = createPump(services, createStatusSender(services), signal);
  const notifications = createPump(services, createNotificationSender(services), signal);
  return {
    publish() {
      notifications.run().catch(notifications.fail);
      return statuses.run();
    },
    async close() {
      await Promise.all([statuses.close(), notifications.close()]);
    },
  };
}

/** One run of a sender at a time, and another when something comes due. */
function createPump(services: Services, sender: Sender, signal: AbortSignal) {
  let running: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  const pump = async () => {
    do {
      again = false;
      const nextAt = await sender.deliver(signal);
      clearTimeout(timer);
      if (nextAt !== undefined && !signal.aborted) wakeAt(nextAt);
    } while (again && !signal.aborted);
  };
  const run = () => {
    // What became due during a run may have been missed by it.
    again = running !== undefined;
    running ??= pump().finally(() => (running = undefined));
    return running;
  };
  const fail = (error: unknown) =>
    services.log.error({ err: error }, "what is to be sent could not be delivered");
  const wakeAt = (at: number) => {
    timer = setTimeout(() => void run().catch(fail), Math.max(0, at - services.now()));
  };

  return {
    run,
    fail,
    async close() {
      clearTimeout(timer);
      await running?.catch(() => undefined);
    },
  };
}
