import { isIP } from "node:net";
import type { Secret } from "@fmg/core";
import { createTransport } from "nodemailer";
import { details, headline, type Message } from "./message.ts";
import type { DeliveryResult } from "./post.ts";

/** By which server, from whom and to whom. */
export interface Envelope {
  /** `smtp://user:password@host:port`, or `smtps:`. */
  readonly url: Secret;
  readonly from: string;
  readonly to: readonly string[];
}

const CONNECT_MS = 10_000;

/**
 * Sends a mail once. A password goes over TLS alone, save to this machine; where the server offers STARTTLS, it is used, and its
 * certificate is checked. Never throws for what the server does.
 */
export async function sendMail(
  message: Message,
  { url, from, to }: Envelope,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const server = new URL(url.reveal());
  const hasPassword = server.username !== "";
  const transport = createTransport({
    host: server.hostname.replaceAll(/^\[|\]$/g, ""),
    ...(server.port === "" ? {} : { port: Number(server.port) }),
    secure: server.protocol === "smtps:",
    requireTLS: hasPassword && !isLoopback(server.hostname),
    ...(hasPassword
      ? { auth: { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) } }
      : {}),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: CONNECT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const abort = () => transport.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: headline(message),
      text: [...details(message), "", message.pipeline.url, ""].join("\n"),
      // The same in every try, so that a mail that came twice can be told.
      messageId: `<${message.id}@${domainOf(from)}>`,
      headers: { "Auto-Submitted": "auto-generated", "X-FMG-Event": message.event },
    });
    return { kind: "sent" };
  } catch (thrown) {
    return resultOf(thrown);
  } finally {
    signal.removeEventListener("abort", abort);
    transport.close();
  }
}

/** 5xx is for good, except where it is about us signing in: that takes a person, who may mend it. */
function resultOf(thrown: unknown): DeliveryResult {
  const { message, responseCode, code } = thrown as {
    message?: string;
    responseCode?: number;
    code?: string;
  };
  const text = `the mail server: ${message ?? "no message"}`;
  if (code === "EAUTH" || responseCode === undefined || responseCode < 500) {
    return { kind: "retry", message: text };
  }
  return { kind: "refused", message: text };
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname === "[::1]" || (isIP(hostname) === 4 && hostname.startsWith("127."))
  );
}

function domainOf(from: string): string {
  return /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? "fmg.invalid";
}
