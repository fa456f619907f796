import type { CheckUpMode, Finding } from "@fmg/core";
import type { QueueMessages } from "@fmg/queue";
import type { Services } from "../services.ts";
import { databaseFindings } from "./database-findings.ts";
import type { Disagreement } from "./disagreement.ts";
import { dockerFindings } from "./docker-findings.ts";
import { githubFindings } from "./github-findings.ts";
import { redisFindings } from "./redis-findings.ts";

/** What a check-up needs beyond the services. */
export interface CheckUpTools {
  readonly messages: QueueMessages;
  /** Takes over attempts that nobody carries out. */
  readonly adopt: () => void;
}

/**
 * Compares the rows with Redis, Docker and GitHub, tells each disagreement, and mends it when asked to. Looking changes
 * nothing; mending only brings about what the rows say.
 */
export async function checkUp(
  services: Services,
  tools: CheckUpTools,
  mode: CheckUpMode,
): Promise<readonly Finding[]> {
  const looks: readonly [
    Finding["area"],
    string,
    () => Promise<readonly Disagreement[]> | readonly Disagreement[],
  ][] = [
    ["database", "the rows", () => databaseFindings(services, tools.adopt)],
    ["redis", "Redis", () => redisFindings(services, tools.messages)],
    ["docker", "Docker", () => dockerFindings(services)],
    ["github", "GitHub", () => githubFindings(services)],
  ];
  const findings: Finding[] = [];
  for (const [area, name, look] of looks) {
    const found = await lookAt(area, name, look);
    for (const each of found) findings.push(await treat(services, each, mode));
  }
  return findings;
}

/** Where an area cannot be looked at, that is the finding. */
async function lookAt(
  area: Finding["area"],
  name: string,
  look: () => Promise<readonly Disagreement[]> | readonly Disagreement[],
): Promise<readonly Disagreement[]> {
  try {
    return await look();
  } catch (error) {
    return [
      {
        area,
        what: `${name} could not be looked at`,
        cause: messageOf(error),
        next: `See that the orchestrator reaches ${name}; then: fmg doctor`,
      },
    ];
  }
}

async function treat(
  services: Services,
  { mend, ...finding }: Disagreement,
  mode: CheckUpMode,
): Promise<Finding> {
  if (mend === undefined) return { ...finding, mending: "by-hand" };
  if (mode === "look") return { ...finding, mending: "possible" };
  try {
    await mend();
    services.log.info({ area: finding.area, what: finding.what }, "a disagreement was mended");
    return { ...finding, mending: "done" };
  } catch (error) {
    return {
      ...finding,
      next: `Mending failed: ${messageOf(error)}. Try again: fmg doctor --fix`,
      mending: "by-hand",
    };
  }
}

function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}
