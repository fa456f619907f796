import { createHmac, randomUUID } from "node:crypto";

export interface DeliveryInput {
  readonly event: string;
  readonly payload: unknown;
  readonly secret: string;
  /** X-GitHub-Delivery; random unless told. The same id again is a repeated delivery. */
  readonly deliveryId?: string;
  /** GitHub's two content types; its own default is the form, the better one is JSON. */
  readonly encoding?: "json" | "form";
}

export interface SignedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A webhook request as GitHub sends it: the headers, and the bytes that are signed. */
export function signedDelivery(input: DeliveryInput): SignedDelivery {
  const { event, payload, secret, deliveryId = randomUUID(), encoding = "json" } = input;
  const json = JSON.stringify(payload);
  const body = Buffer.from(encoding === "json" ? json : new URLSearchParams({ payload: json }).toString());
  return {
    body,
    headers: {
      accept: "*/*",
      "content-type": encoding === "json" ? "application/json" : "application/x-www-form-urlencoded",
      "user-agent": "GitHub-Hookshot/044aadd",
      "x-github-delivery": deliveryId,
      "x-github-event": event,
      "x-github-hook-id": "292430182",
      "x-github-hook-installation-target-type": "repository",
      "x-hub-signature": `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`,
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
  };
}
