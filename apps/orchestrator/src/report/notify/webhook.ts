import { createHmac } from "node:crypto";
import type { Secret } from "@fmg/core";
import type { Message } from "./message.ts";

/**
 * The headers of a signed webhook, as standardwebhooks.com has them: an id that stays the same over all tries, the time of this
 * try in seconds, and an HMAC-SHA256 over `<id>.<time>.<body>`. A secret that begins with `whsec_` is base64 from there on.
 */
export function signedHeaders(
  message: Message,
  body: string,
  { secret, nowMs }: { readonly secret: Secret; readonly nowMs: number },
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac("sha256", keyOf(secret.reveal()))
    .update(`${message.id}.${timestamp}.${body}`)
    .digest("base64");
  return {
    "content-type": "application/json",
    "user-agent": "fmg",
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
}

function keyOf(secret: string): Buffer {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
}
