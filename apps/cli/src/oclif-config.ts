import { fileURLToPath } from "node:url";

/** oclif's configuration without its search for commands, which would load every one of them at each start. */
export const oclifOptions = {
  root: fileURLToPath(new URL("..", import.meta.url)),
  pjson: { name: "@fmg/cli", version: "0.0.0", type: "module", oclif: { bin: "fmg", topicSeparator: " " } },
} as const;
