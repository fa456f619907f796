import { asAttemptId } from "@fmg/core";
import { listen, openQueueMessages, openTerminals, serveCheckUps, type Listener } from "@fmg/queue";
import { advanceWorkflow } from "./advance/advance-workflow.ts";
import { compilePipeline } from "./compile/compile-pipeline.ts";
import { checkUp } from "./doctor/check-up.ts";
import { serveShells } from "./debug/serve-shells.ts";
import { createPublisher } from "./report/publisher.ts";
import { createLeases } from "./run/leases.ts";
import { adoptAttempts, runAttempt, type Execution } from "./run/run-attempt.ts";
import { createScribe } from "./run/scribe.ts";
import type { Services } from "./services.ts";
import { fireSchedules } from "./sweep/fire-schedules.ts";
import { reconcile } from "./sweep/reconcile.ts";

/** A running orchestrator. */
export interface Orchestrator {
  runningAttempts(): number;
  /** Hands over: takes nothing new, leaves the steps running in their containers, gives up the leases. */
  close(): Promise<void>;
}

const RECONCILE_EVERY_MS = 15_000;
/** Compilations wait mostly for the network; the compiler itself takes turns. */
const COMPILE_AT_ONCE = 8;

/** Adopts what a dead predecessor left, listens to the queues, and reconciles now and on its timer. */
export async function startOrchestrator(services: Services, redisUrl: string): Promise<Orchestrator> {
  const { settings, log } = services;
  const leases = createLeases(services);
  const scribe = createScribe(services);
  const execution: Execution = { services, leases, scribe };
  const stopping = new AbortController();
  const background = new Set<Promise<unknown>>();
  const supervise = (work: Promise<unknown>, what: string) => {
    const watched = work
      .catch((error: unknown) => log.error({ err: error }, what))
      .finally(() => background.delete(watched));
    background.add(watched);
  };
  const publisher = createPublisher(services, stopping.signal);
  const adopt = () => {
    for (const work of adoptAttempts(execution)) supervise(work, "an adopted attempt failed");
  };
  const reconcileNow = async () => {
    if (stopping.signal.aborted) return;
    adopt();
    await reconcile(services);
    await fireSchedules(services);
    await publisher.publish();
  };

  adopt();
  const unsubscribe = services.live.subscribe((change) => {
    if (change.kind === "cancel") leases.checkCancel();
  });
  const listeners: Listener[] = [
    listen(redisUrl, {
      queue: "pipelines",
      concurrency: COMPILE_AT_ONCE,
      log,
      handle: (message, signal) => compilePipeline(services, message.pipelineId, signal),
    }),
    listen(redisUrl, {
      queue: "workflows",
      concurrency: 1,
      log,
      handle: async (message) => advanceWorkflow(services, message.workflowId),
    }),
    listen(redisUrl, { queue: "statuses", concurrency: 1, log, handle: () => publisher.publish() }),
    listen(redisUrl, {
      queue: "jobs",
      label: "default",
      concurrency: settings.concurrency,
      log,
      handle: (message) => runAttempt(execution, asAttemptId(message.attemptId)),
    }),
  ];
  const shells = serveShells(services, openTerminals(redisUrl));
  const messages = openQueueMessages(redisUrl);
  const checkUps = serveCheckUps(
    redisUrl,
    async (mode) => ({
      host: services.host.id,
      findings: await checkUp(services, { messages, adopt }, mode),
    }),
    (error) => log.error({ err: error }, "a check-up failed"),
  );
  const timer = setInterval(
    () => supervise(reconcileNow(), "reconcile failed"),
    RECONCILE_EVERY_MS * (0.9 + Math.random() * 0.2),
  );
  supervise(reconcileNow(), "reconcile failed");

  return {
    runningAttempts: () => leases.size(),
    async close() {
      clearInterval(timer);
      unsubscribe();
      stopping.abort();
      const sent = publisher.close();
      leases.handOverAll();
      const shellsClosed = shells.close();
      await Promise.all(listeners.map((listener) => listener.close()));
      await Promise.all(background);
      await shellsClosed;
      await checkUps.close();
      await messages.close();
      await sent;
      scribe.close();
      leases.close();
    },
  };
}
