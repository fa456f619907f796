import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { BlockList } from "node:net";
import { checkWrittenAddress, ForbiddenAddress, guardedLookup } from "./public-address.ts";

/** What came of a delivery. `retry`: it may succeed later, not before `afterMs` where that is told. */
export type DeliveryResult =
  | { readonly kind: "sent" }
  | { readonly kind: "retry"; readonly afterMs?: number; readonly message: string }
  | { readonly kind: "refused"; readonly message: string };

/** A POST to somebody outside. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Networks that are not public, and yet may be sent to. */
  readonly allowed: BlockList;
}

/** The longest that a receiver may ask us to wait. */
const LONGEST_PAUSE_S = 3600;

/**
 * Sends it once, to public addresses alone (SEC-13), and follows no redirect: the next host would get what is meant for this
 * one. The answer's body is not read. Never throws for what the receiver does; the address is in no message, for it may be a
 * secret.
 */
export async function post(
  { url, headers, body, allowed }: Post,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  try {
    const target = new URL(url);
    checkWrittenAddress(target.hostname, allowed);
    const { status, retryAfter } = await send(target, { headers, body, allowed }, signal);
    return resultOf(status, retryAfter);
  } catch (thrown) {
    const message = Error.isError(thrown) ? thrown.message : String(thrown);
    if (thrown instanceof ForbiddenAddress) return { kind: "refused", message };
    return { kind: "retry", message: `no answer: ${message}` };
  }
}

function send(
  target: URL,
  { headers, body, allowed }: Omit<Post, "url">,
  signal: AbortSignal,
): Promise<{ status: number; retryAfter: string | undefined }> {
  const request = target.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sending = request(target, {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      agent: false,
      lookup: guardedLookup(allowed),
      signal,
    });
    sending.once("response", (response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] });
      response.once("error", () => {
        // Its status has been heard; whether the body came whole does not matter.
      });
      response.destroy();
    });
    sending.once("error", reject);
    sending.end(body);
  });
}

function resultOf(status: number, retryAfter: string | undefined): DeliveryResult {
  if (status >= 200 && status < 300) return { kind: "sent" };
  const message = `the receiver answered ${status}`;
  if (status >= 300 && status < 400) {
    return { kind: "refused", message: `${message}, a redirect: put the new address into the file` };
  }
  if (status < 500 && status !== 408 && status !== 429) return { kind: "refused", message };
  const seconds = Number(retryAfter);
  if (!(seconds >= 0)) return { kind: "retry", message };
  return { kind: "retry", afterMs: 1000 * Math.min(seconds, LONGEST_PAUSE_S), message };
}
