export { openVariables } from "./open-variables.ts";
export { dropAttemptVariables, freezeVariables, frozenVariables } from "./attempt-variables.ts";
export { continuationKey } from "./continuation-key.ts";
export { sealAnew, type SealedAnew } from "./seal-anew.ts";
