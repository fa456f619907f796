export { signedDelivery, type DeliveryInput, type SignedDelivery } from "./signed-delivery.ts";
export { noCommit, pushPayload, type PushInput } from "./push-payload.ts";
