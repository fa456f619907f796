export { aJob, aRequirement, aRunStep, aWorkflow } from "./builders.ts";
export { injections } from "./injections.ts";
