import { signedDelivery, type DeliveryInput } from "@fmg/github/testing";

export interface Delivery extends DeliveryInput {
  /** The endpoint: "http://127.0.0.1:5000/webhook". */
  readonly url: string;
}

/** Sends a webhook as GitHub does, signed with the secret. */
export function deliver({ url, ...delivery }: Delivery): Promise<Response> {
  const { headers, body } = signedDelivery(delivery);
  return fetch(url, { method: "POST", headers: { ...headers }, body: new Uint8Array(body) });
}
