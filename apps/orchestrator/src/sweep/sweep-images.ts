import { forgetPulledImage, idlePulledImages, pulledImageBytes, type PulledImage } from "@fmg/db";
import { megabytes } from "@fmg/runner";
import type { Services } from "../services.ts";

/** An attempt that was told its image makes its container of it within this time. */
const IDLE_FOR_MS = 15 * 60_000;
const ANSWER_WITHIN_MS = 60_000;

/**
 * Removes images that FMG pulled to this host, the least recently used first, while they take more than the operator allows or a disk
 * has less than the watermark. Others' images, those of containers and those of attempts that just begin stay.
 */
export async function sweepImages(services: Services): Promise<void> {
  const { db, host, now } = services;
  let isDue = await whyDue(services);
  if (isDue === undefined) return;
  for (const image of idlePulledImages(db, host.id, now() - IDLE_FOR_MS)) {
    if (await removeImage(services, image, isDue)) isDue = await whyDue(services);
    if (isDue === undefined) return;
  }
}

async function whyDue({ db, host, disk, settings }: Services): Promise<string | undefined> {
  const { imagesMaxBytes } = settings;
  const bytes = pulledImageBytes(db, host.id);
  if (imagesMaxBytes !== undefined && bytes > imagesMaxBytes)
    return `pulled images take ${megabytes(bytes)}, and FMG_IMAGES_MAX_GB allows ${megabytes(imagesMaxBytes)}`;
  // Nothing of ours would help.
  return bytes === 0 ? undefined : disk.low({ asked: "anew" });
}

/** False: it stays, for a container has it. */
async function removeImage(services: Services, image: PulledImage, why: string): Promise<boolean> {
  const { db, engine, log } = services;
  const { reference, imageId } = image;
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const found = await engine.findImage(reference, signal);
  const isOurs = found?.id === imageId;
  if (isOurs && (await engine.removeImage(reference, signal)) === "in-use") return false;
  forgetPulledImage(db, image);
  if (isOurs) log.info({ image: reference, sizeBytes: image.sizeBytes, why }, "an image was removed");
  return true;
}
