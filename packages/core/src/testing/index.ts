export { aJob, aRequirement, aRunStep, aWorkflow } from "./builders.ts";
