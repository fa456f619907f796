import type { Instant } from "@fmg/core";
import {
  dueNotification,
  giveUpNotification,
  keepQuiet,
  markNotified,
  nextNotificationAt,
  receiverName,
  retryNotification,
  takeNamedLease,
  type NotificationRow,
} from "@fmg/db";
import { isDeadOwner } from "@fmg/runner";
import type { Services } from "../../services.ts";
import type { Sender } from "../sender.ts";
import { sendMail } from "./mail.ts";
import { messageOf, type Message } from "./message.ts";
import { post, type DeliveryResult } from "./post.ts";
import type { Receiver } from "./receivers.ts";
import { slackBody } from "./slack.ts";
import { signedHeaders } from "./webhook.ts";

const LEASE = "notifications";
/** Longer than a delivery may take, for it is prolonged before each one. */
const LEASE_TTL_MS = 60_000;
const SEND_TIMEOUT_MS = 15_000;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 3_600_000;
/** With the waits between them, about a day. */
const MOST_TRIES = 32;

/**
 * Delivers notifications: one process at a time, to each receiver in the order of the changes. A receiver that does not take
 * one is left alone for longer and longer; the others go on.
 */
export function createNotificationSender(
  services: Services,
  { sendTimeoutMs = SEND_TIMEOUT_MS }: { sendTimeoutMs?: number } = {},
): Sender {
  const { db, now, owner, log, settings } = services;
  const receivers = new Map(settings.notify.receivers.map((receiver) => [receiver.name, receiver]));

  const deliver = async (signal: AbortSignal): Promise<Instant | undefined> => {
    while (!signal.aborted) {
      if (!takeNamedLease(db, LEASE, owner, now(), LEASE_TTL_MS, isDeadOwner)) return undefined;
      const row = dueNotification(db, now());
      if (row === undefined) return nextNotificationAt(db);
      const limited = AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]);
      const result = await send(row, limited);
      if (!signal.aborted) note(row, result);
    }
    return undefined;
  };

  const send = async (row: NotificationRow, signal: AbortSignal): Promise<DeliveryResult> => {
    const receiver = receivers.get(row.receiver);
    if (receiver === undefined)
      return { kind: "refused", message: "the file of FMG_NOTIFY_FILE does not have this receiver any more" };
    const { publicUrl } = settings;
    return sendTo(receiver, messageOf(row, { db, instance: services.instance, publicUrl }), signal);
  };

  const sendTo = (receiver: Receiver, message: Message, signal: AbortSignal): Promise<DeliveryResult> => {
    const { allowed, mail } = settings.notify;
    switch (receiver.kind) {
      case "webhook": {
        const body = JSON.stringify(message);
        const headers = signedHeaders(message, body, { secret: receiver.secret, nowMs: now() });
        return post({ url: receiver.url.reveal(), headers, body, allowed }, signal);
      }
      case "slack": {
        const headers = { "content-type": "application/json", "user-agent": "fmg" };
        return post({ url: receiver.url.reveal(), headers, body: slackBody(message), allowed }, signal);
      }
      case "mail":
        if (mail === undefined) throw new Error("a receiver of mail without a mail server");
        return sendMail(message, { ...mail, to: receiver.to }, signal);
    }
  };

  const note = (row: NotificationRow, result: DeliveryResult): void => {
    const about = { receiver: row.receiver, workflowId: row.workflowId, change: row.change };
    if (result.kind === "sent") {
      markNotified(db, row.id, now());
      log.info(about, "a receiver was notified");
      return;
    }
    const { message } = result;
    if (result.kind === "refused" || row.tries + 1 >= MOST_TRIES) {
      giveUpNotification(db, row.id, message, now());
      log.error({ ...about, message }, "a receiver could not be notified");
      return;
    }
    const backoff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(row.tries, 20));
    const nextAt = now() + Math.max(result.afterMs ?? 0, backoff);
    retryNotification(db, row.id, message);
    keepQuiet(db, receiverName(row.receiver), nextAt);
    log.warn({ ...about, message, nextAt }, "a receiver will be notified later");
  };

  return { deliver };
}
