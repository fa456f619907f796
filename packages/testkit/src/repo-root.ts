import { fileURLToPath } from "node:url";

/** The workspace's folder: the testkit runs from its sources, in the workspace. */
export const repoRoot = fileURLToPath(new URL("../../../", import.meta.url));
