export { awaitState, type AwaitStateInput } from "./await-state.ts";
export { compareArrows, readArrowTable, undeclaredImports, type ArrowTable } from "./arrows.ts";
export { leftovers, removeLeftovers } from "./docker-leftovers.ts";
export { deliver, type Delivery } from "./fake-github/deliver.ts";
export {
  startFakeGitHub,
  type FakeGitHub,
  type FakeGitHubSettings,
  type StoredStatus,
} from "./fake-github/fake-github.ts";
export type { GitHubFault } from "./fake-github/faults.ts";
export { buildTestImages, testImages, type TestImage } from "./images/images.ts";
export { startApp, type App, type AppSettings, type LogLine } from "./processes.ts";
export { startRedis, type TestRedis } from "./redis.ts";
export { repoRoot } from "./repo-root.ts";
export { startStack, type Push, type Stack, type StackSettings } from "./stack.ts";
export {
  runGit,
  startGitServer,
  type CommitInput,
  type FileContent,
  type GitServer,
  type GitServerSettings,
} from "@fmg/git/testing";
