import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { fakeEngine, type FakeEngine } from "@fmg/runner/testing";
import type { JobEvent } from "@fmg/core";
import { createScribe } from "../run/scribe.ts";
import { testServices, type TestServices } from "../testing/test-services.ts";
import { sweepImages } from "./sweep-images.ts";

const soon = AbortSignal.timeout(60_000);
const mebibyte = 2 ** 20;
let kit: TestServices;
let engine: FakeEngine;
/** How many of the images must go before the disk has room again. */
let missing: number;

beforeEach(() => {
  missing = 0;
  engine = fakeEngine({
    images: ["operators:1", "old:1", "used:1", "new:1"],
    before: (call) => void (call === "removeImage" && missing--),
  });
  const disk = { low: async () => (missing > 0 ? "1 MB is free" : undefined) };
  kit = testServices({ engine, disk, env: { FMG_IMAGES_MAX_GB: "1" } });
});
afterEach(() => kit.close());

/** What an attempt tells when its image is there; each of them a minute after the other. */
async function isTold(image: string, pulled?: { id?: string; sizeBytes: number }): Promise<void> {
  const scribe = createScribe(kit.services);
  const subject = { pipelineId: 1, attemptId: 1, epoch: 1, storedLengths: new Map(), onStale: () => {} };
  const what = pulled === undefined ? {} : { pulled: { id: `id-of-${image}`, ...pulled } };
  const event: JobEvent = { kind: "image-resolved", position: 0, image, digest: "sha256:x", ...what };
  await scribe.open(subject)(event);
  scribe.close();
  kit.advanceTime(60_000);
}

async function images(): Promise<string[]> {
  const names = ["operators:1", "old:1", "used:1", "new:1"];
  const found = await Promise.all(names.map((name) => engine.findImage(name, soon)));
  return names.filter((_, at) => found[at] !== undefined);
}

const small = { sizeBytes: mebibyte };

test("while a disk is low, images that FMG pulled go, the least recently used first, until there is room", async () => {
  await isTold("new:1", small);
  await isTold("old:1", small);
  await isTold("used:1", small);
  await isTold("operators:1");
  await isTold("new:1");
  kit.advanceTime(3_600_000);
  await sweepImages(kit.services);
  expect(await images()).toHaveLength(4);
  missing = 2;

  await sweepImages(kit.services);

  expect(await images()).toEqual(["operators:1", "new:1"]);
});

test("what is not FMG's, what a container has, and what an attempt just took is never removed", async () => {
  await isTold("operators:1");
  await isTold("old:1", { id: "id-of-what-the-name-meant-before", ...small });
  await isTold("used:1", small);
  const own = { name: "fmg-test-a1", image: "id-of-used:1", labels: {} };
  await engine.createContainer(own as Parameters<FakeEngine["createContainer"]>[0], soon);
  kit.advanceTime(3_600_000);
  await isTold("new:1", small);
  missing = 100;

  await sweepImages(kit.services);

  expect(await images()).toHaveLength(4);
});

test("beyond FMG_IMAGES_MAX_GB the least recently used go, though the disk has room", async () => {
  await isTold("old:1", { sizeBytes: 700 * mebibyte });
  await isTold("new:1", { sizeBytes: 700 * mebibyte });
  kit.advanceTime(3_600_000);

  await sweepImages(kit.services);

  expect(await images()).toEqual(["operators:1", "used:1", "new:1"]);
});
