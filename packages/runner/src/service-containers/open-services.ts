import { FmgError, isFmgError } from "@fmg/core";

import type { Attempt } from "../attempt.ts";
import type { ContainerSpec } from "../engine/container-engine.ts";
import { keepLastLines, type LastLines } from "../engine/last-lines.ts";
import { attemptLabels, serviceName } from "../names.ts";
import { persistently } from "../persistently.ts";
import { provideImage } from "../provide-image.ts";
import { followService } from "./follow-service.ts";
import { servicePlans, type ServicePlan } from "./service-plans.ts";

/**
 * The service containers of an attempt. They live in the network namespace of the job's container; each has a line in the list of
 * steps, with its log, which is followed from the daemon beside the steps. What becomes of a service is told, and decides nothing.
 * (R-DKR-1)
 *
 *     set-up: provideImages → start, in order → (awaitServices)     …steps…     job's end: end → its caller removes them
 */
export interface Services {
  readonly plans: readonly ServicePlan[];
  /** Has the images here, all at once, so that what fails does so before anything runs. */
  provideImages(signal: AbortSignal): Promise<void>;
  /** Removes containers that a predecessor made and never told of: their network is that of a container which is gone. */
  discard(signal: AbortSignal): Promise<void>;
  /** Starts those that were not started yet, and follows all. The job's container runs. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves once an ended service is told of, with its last lines. */
  lastLines(plan: ServicePlan, signal: AbortSignal): Promise<readonly string[]>;
  /** Ends those that still run, and waits for their last words. */
  end(): Promise<void>;
  /** Stops following; the services themselves go on. */
  abandon(): Promise<void>;
}

/** After the KILL only what is on its way has to come. */
const endingTimeoutMs = 20_000;

export function openServices(attempt: Attempt): Services {
  const { journal, engine, input } = attempt;
  const plans = servicePlans(input.plan);
  const abandoned = new AbortController();
  const followSignal = AbortSignal.any([attempt.handOver, abandoned.signal]);
  const followed = new Map<number, { readonly done: Promise<void>; readonly tail: LastLines }>();
  let trouble: { cause: unknown } | undefined;

  const nameOf = ({ number }: ServicePlan): string => serviceName(input.instance, input.attemptId, number);

  function follow(plan: ServicePlan): void {
    if (followed.has(plan.index) || journal.outcome(plan.index) !== undefined) return;
    const tail = keepLastLines();
    const done = followService(attempt, plan, nameOf(plan), tail, followSignal).catch((cause: unknown) => {
      // Kept until `end`; a failure of `report` is found by the journal.
      trouble ??= { cause };
    });
    followed.set(plan.index, { done, tail });
  }

  async function startOne(plan: ServicePlan, signal: AbortSignal): Promise<void> {
    const name = nameOf(plan);
    const facts = await persistently(signal, () => engine.inspectContainer(name, signal));
    if (facts === undefined) {
      const reference = plan.image.pinned ?? plan.image.image;
      const image = await persistently(signal, () => engine.findImage(reference, signal));
      if (image === undefined) throw new FmgError("image_pull_failed", `The image ${reference} is gone.`);
      const spec = serviceSpec(attempt, plan, name, image.id);
      await persistently(signal, () => engine.createContainer(spec, signal));
    }
    if (facts === undefined || facts.state === "created") {
      await persistently(signal, () => engine.startContainer(name, signal));
      await journal.say(0, `Service ${plan.title}: container ${name}`);
    }
    await journal.started(plan.index);
  }

  return {
    plans,
    async provideImages(signal) {
      await Promise.all(plans.map(({ image, number }) => provideImage(attempt, image, number, signal)));
    },
    async discard(signal) {
      for (const plan of plans)
        await persistently(signal, () => engine.removeContainer(nameOf(plan), signal));
    },
    async start(signal) {
      for (const plan of plans) {
        if (journal.status(plan.index) === "pending") await startOne(plan, signal);
        follow(plan);
      }
    },
    async lastLines(plan, signal) {
      const following = followed.get(plan.index);
      if (following === undefined) return [];
      await Promise.race([following.done, aborted(signal)]);
      return following.tail.lines();
    },
    async end() {
      if (followed.size === 0) return;
      const timer = setTimeout(() => abandoned.abort(), endingTimeoutMs);
      try {
        const running = plans.filter(({ index }) => journal.status(index) === "running");
        await Promise.all(running.map((plan) => engine.killContainer(nameOf(plan), followSignal)));
        await Promise.all([...followed.values()].map(({ done }) => done));
      } catch (cause) {
        trouble ??= { cause };
      } finally {
        clearTimeout(timer);
      }
      // A service that is lost now, or takes too long, harms nobody: the job's own steps have ended.
      const isHarmless = isFmgError(trouble?.cause) || abandoned.signal.aborted;
      if (trouble !== undefined && (!isHarmless || journal.failure() !== undefined)) throw trouble.cause;
    },
    async abandon() {
      abandoned.abort();
      await Promise.all([...followed.values()].map(({ done }) => done));
    },
  };
}

/** Of the config only literal values, and nothing secret. (R-DKR-4, R-DKR-5; the limits: R-DKR-9) */
function serviceSpec(attempt: Attempt, { image }: ServicePlan, name: string, imageId: string): ContainerSpec {
  const { input } = attempt;
  const { entrypoint, command, user } = image;
  const { memoryBytes, cpus, cpuset, pids } = input.limits;
  return {
    name,
    labels: attemptLabels(input, "service"),
    image: imageId,
    process: {
      kind: "own",
      ...(entrypoint === undefined ? {} : { entrypoint }),
      ...(command === undefined ? {} : { command }),
    },
    ...(user === undefined ? {} : { user }),
    environment: image.environment,
    network: { kind: "shared", container: attempt.name },
    memoryBytes,
    cpus,
    ...(cpuset === undefined ? {} : { cpuset }),
    pids,
    privileges: input.trusted ? "default" : "no-new-privileges",
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
