import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "@fmg/core";

/**
 * Whether `header` (X-Hub-Signature-256) is GitHub's signature of exactly these bytes. Anything but `sha256=` and 64
 * lower-case hex digits is wrong; the digests are compared in constant time. An empty secret signs nothing.
 */
export function verifySignature(body: Uint8Array, header: string | undefined, secret: Secret): boolean {
  if (header === undefined || !/^sha256=[0-9a-f]{64}$/.test(header)) return false;
  const key = secret.reveal();
  if (key === "") return false;
  const expected = createHmac("sha256", key).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(header.slice("sha256=".length), "hex"));
}
