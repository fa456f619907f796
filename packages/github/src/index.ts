export { verifySignature } from "./webhook/verify.ts";
export { isRefName, normalizeDelivery, type NormalizedDelivery } from "./webhook/trigger-event.ts";
export { createGitHub, type GitHub } from "./create-github.ts";
export { readStatuses, type ReadStatuses, type ShownStatus } from "./read-statuses.ts";
export { sendStatus, type AddressedStatus, type SendResult } from "./status.ts";
