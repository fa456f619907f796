import { setTimeout as delay } from "node:timers/promises";

import { FmgError, isFmgError, type ImagePlan } from "@fmg/core";

import type { Attempt } from "./attempt.ts";
import type { ImageFacts } from "./engine/container-engine.ts";
import { persistently } from "./persistently.ts";
import { registryCredentials } from "./registry-credentials.ts";

const setUpIndex = 0;
const pullTries = 3;
const pullRetryDelayMs = 3_000;

/**
 * An image of the job as this host has it; pulled if it has none, or always where the operator says so. `position` is its place in
 * `docker:`. Tells which it is, by its digest. (R-DKR-6)
 */
export async function provideImage(
  attempt: Attempt,
  plan: ImagePlan,
  position: number,
  signal: AbortSignal,
): Promise<ImageFacts> {
  const { engine, journal, input } = attempt;
  const reference = plan.pinned ?? plan.image;
  const find = (): Promise<ImageFacts | undefined> =>
    persistently(signal, () => engine.findImage(reference, signal));
  const before = await find();
  // A digest means the same for ever: there is nothing newer to pull.
  const isTaken =
    before !== undefined && (plan.pinned !== undefined || input.containerPolicy.pull !== "always");
  if (!isTaken) await pull(attempt, plan, signal);
  const image = isTaken ? before : await find();
  if (image === undefined) {
    throw new FmgError("image_pull_failed", `The image ${reference} was pulled, and is gone again.`);
  }
  await journal.say(setUpIndex, `Image ${reference} is here: ${image.digest}`);
  const { id, digest, sizeBytes } = image;
  const pulled = before?.id === id ? {} : { pulled: { id, sizeBytes } };
  await journal.imageResolved({ position, image: reference, digest, ...pulled });
  return image;
}

async function pull(attempt: Attempt, plan: ImagePlan, signal: AbortSignal): Promise<void> {
  const { engine, journal } = attempt;
  const reference = plan.pinned ?? plan.image;
  const credentials = registryCredentials(plan.auth, attempt.input.secrets);
  for (let left = pullTries - 1; ; left--) {
    await journal.say(setUpIndex, `Pulling the image ${reference}`);
    // The daemon's words come faster than they can be stored: they wait in line.
    let told: Promise<void> = Promise.resolve();
    try {
      await persistently(signal, () =>
        engine.pullImage(
          reference,
          credentials,
          (line) => {
            told = journal.say(setUpIndex, line);
            // Awaited below; a failure of `report` is kept by the journal meanwhile.
            told.catch(() => undefined);
          },
          signal,
        ),
      );
      return await told;
    } catch (thrown) {
      await told;
      if (left === 0 || !isFmgError(thrown, "image_pull_failed") || isHopeless(thrown.message)) throw thrown;
      await journal.say(setUpIndex, `${thrown.message}; trying again`);
      await delay(pullRetryDelayMs, undefined, { signal });
    }
  }
}

/** What a registry says of an image that is not there, or not for us: asking again changes nothing. */
function isHopeless(message: string): boolean {
  return /manifest unknown|not found|denied|unauthorized|no basic auth|authentication required|invalid reference/i.test(
    message,
  );
}
