import fastify from "fastify";
import { Gauge, Registry } from "prom-client";
import { countUnfinished, keptAttempts, pingDb, quietUntil, statusLag } from "@fmg/db";
import { countLeaks } from "./sweep/sweep-containers.ts";
import type { Services } from "./services.ts";

/** What the health server looks at beside the services. */
export interface HealthSubject {
  readonly services: Services;
  readonly runningAttempts: () => number;
}

/** Serves `/healthz`, `/readyz` and `/metrics`; returns the address that it listens on. */
export async function startHealthServer(
  subject: HealthSubject,
  listen: { host: string; port: number },
): Promise<{ url: string; close: () => Promise<void> }> {
  const app = fastify({ logger: false });
  const registry = metrics(subject);
  app.get("/healthz", () => "ok\n");
  app.get("/readyz", async (_request, reply) => {
    const problems = await notReady(subject.services);
    if (problems.length > 0) return reply.status(503).send(`not ready: ${problems.join("; ")}\n`);
    return "ready\n";
  });
  app.get("/metrics", async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  const url = await app.listen(listen);
  return { url, close: () => app.close() };
}

async function notReady(services: Services): Promise<string[]> {
  const problems: string[] = [];
  try {
    pingDb(services.db);
  } catch {
    problems.push("the database does not answer");
  }
  try {
    await services.engine.capacity(AbortSignal.timeout(3000));
  } catch {
    problems.push("Docker does not answer");
  }
  const low = await services.disk.low();
  if (low !== undefined) problems.push(`no job starts: ${low}`);
  return problems;
}

function metrics({ services, runningAttempts }: HealthSubject): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: "fmg_running_attempts",
    help: "Attempts that this orchestrator carries out",
    registers,
    collect() {
      this.set(runningAttempts());
    },
  });
  new Gauge({
    name: "fmg_unfinished",
    help: "Pipelines, workflows and attempts that are not final, and statuses that are not sent",
    labelNames: ["kind"],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(countUnfinished(services.db))) this.set({ kind }, count);
    },
  });
  new Gauge({
    name: "fmg_status_lag_seconds",
    help: "Commit statuses: age of the oldest that waits, and the longest way to GitHub among the last two hundred",
    labelNames: ["of"],
    registers,
    collect() {
      const { waitingMs, sentMs } = statusLag(services.db, services.now());
      this.set({ of: "waiting" }, waitingMs / 1000);
      this.set({ of: "sent" }, sentMs / 1000);
    },
  });
  new Gauge({
    name: "fmg_github_quiet_seconds",
    help: "How much longer GitHub asked to be left alone; 0: statuses go out",
    registers,
    collect() {
      this.set(Math.max(0, quietUntil(services.db, "github") - services.now()) / 1000);
    },
  });
  new Gauge({
    name: "fmg_kept_attempts",
    help: "Failed attempts whose containers are kept for a person to look at",
    registers,
    collect() {
      this.set(keptAttempts(services.db, services.now()).length);
    },
  });
  new Gauge({
    name: "fmg_leaks",
    help: "Containers and volumes of this installation whose attempt ended a while ago or is unknown; 0 is right",
    registers,
    async collect() {
      this.set(await countLeaks(services));
    },
  });
  return registry;
}
