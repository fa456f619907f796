import { setTimeout as delay } from "node:timers/promises";

import { FmgError } from "@fmg/core";

import { askContainer } from "../ask-container.ts";
import type { Attempt } from "../attempt.ts";
import { formatDuration } from "../format-duration.ts";
import { tellLastLines } from "../engine/last-lines.ts";
import { serviceName } from "../names.ts";
import { persistently } from "../persistently.ts";
import type { Services } from "./open-services.ts";
import { portsToAwait, type ServicePlan } from "./service-plans.ts";

const lookAgainMs = 200;

/**
 * Waits, before step 1, for each service that has a health check or asks for a port by `FMG_WAIT_FOR_PORT`; for no other (R-DKR-7).
 * A health check that does not come true is told, and the job goes on, as it would without it; a port is the author's own wish, so
 * that its absence ends the job.
 */
export async function awaitServices(
  attempt: Attempt,
  services: Services,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(services.plans.map((plan) => awaitService(attempt, services, plan, signal)));
}

async function awaitService(
  attempt: Attempt,
  services: Services,
  plan: ServicePlan,
  signal: AbortSignal,
): Promise<void> {
  const { journal, input } = attempt;
  const startedAt = performance.now();
  const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const ports = portsToAwait(plan);
  const say = (line: string): Promise<void> => journal.say(0, line);
  const giveUp = async (why: { what: string; lines: readonly string[] }): Promise<void> => {
    const last = tellLastLines(why.lines);
    if (ports.length > 0)
      throw new FmgError("container_failed", `The service ${plan.title} ${why.what}.${last}`);
    await say(`The service ${plan.title} ${why.what}; the job goes on.${last}`);
  };
  let told: string | undefined;
  for (;;) {
    const found = await look(attempt, plan, ports, signal);
    if (found.kind === "ready") {
      if (told !== undefined) await say(`Service ${plan.title} is ready after ${seconds()}.`);
      return;
    }
    if (found.kind === "ended") {
      const lines = await services.lastLines(plan, signal);
      return giveUp({ what: `ended ${found.how} before it was ready`, lines });
    }
    const waited = performance.now() - startedAt;
    if (found.kind === "unhealthy" || waited > input.containerPolicy.serviceWaitMs) {
      const what = found.kind === "unhealthy" ? "is unhealthy by its own check" : `lacks ${found.what}`;
      return giveUp({ what: `${what} after ${formatDuration(Math.round(waited))}`, lines: [] });
    }
    if (told !== found.what) await say(`Waiting for the service ${plan.title}: ${found.what}`);
    told = found.what;
    await delay(lookAgainMs, undefined, { signal });
  }
}

type Found =
  | { readonly kind: "ready" }
  | { readonly kind: "waiting"; readonly what: string }
  | { readonly kind: "unhealthy" }
  | { readonly kind: "ended"; readonly how: string };

async function look(
  attempt: Attempt,
  plan: ServicePlan,
  ports: readonly number[],
  signal: AbortSignal,
): Promise<Found> {
  const { engine, input } = attempt;
  const name = serviceName(input.instance, input.attemptId, plan.number);
  const facts = await persistently(signal, () => engine.inspectContainer(name, signal));
  const isAwaited = ports.length > 0 || facts?.health !== undefined;
  if (!isAwaited) return { kind: "ready" };
  if (facts?.state !== "running") {
    return { kind: "ended", how: `with exit code ${facts?.exitCode ?? "unknown"}` };
  }
  if (facts.health === "starting") return { kind: "waiting", what: "its health check" };
  if (facts.health === "unhealthy") return { kind: "unhealthy" };
  const missing = await silentPorts(attempt, ports, signal);
  return missing.length === 0
    ? { kind: "ready" }
    : { kind: "waiting", what: `port ${missing.join(" and ")}` };
}

/** Which of the ports nobody listens on, by the kernel's own list: no tool of the image is needed, and nothing is connected. */
async function silentPorts(
  attempt: Attempt,
  ports: readonly number[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  if (ports.length === 0) return [];
  const script = `for file in /proc/net/tcp /proc/net/tcp6; do
  [ -r $file ] && while read -r _ address _ state _; do [ "$state" = 0A ] && echo "\${address##*:}"; done <$file
done; :`;
  const { stdout } = await askContainer(attempt, { sh: script, program: ["ports"] }, {}, signal);
  const listening = new Set(stdout.split("\n").map((port) => Number.parseInt(port, 16)));
  return ports.filter((port) => !listening.has(port));
}
