import { createHmac, randomUUID } from "node:crypto";

export interface Delivery {
  /** The endpoint: "http://127.0.0.1:5000/webhook". */
  readonly url: string;
  readonly event: string;
  readonly payload: object;
  readonly secret: string;
  /** As in X-GitHub-Delivery; random by default. The same id again is a repeated delivery. */
  readonly deliveryId?: string;
}

/** Sends a webhook as GitHub does, signed with the secret. */
export function deliver({
  url,
  event,
  payload,
  secret,
  deliveryId = randomUUID(),
}: Delivery): Promise<Response> {
  const body = JSON.stringify(payload);
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/fake",
      "x-github-delivery": deliveryId,
      "x-github-event": event,
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
    body,
  });
}
