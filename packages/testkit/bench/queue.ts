import { setTimeout as sleep } from "node:timers/promises";
import { listen, openBell } from "@fmg/queue";
import { connectDocker } from "@fmg/runner";
import Docker from "dockerode";
import { buildTestImages, testImages } from "../src/images/images.ts";
import { startRedis } from "../src/redis.ts";
import { bareJob } from "./bare-docker.ts";
import { median, quantile, type Finding } from "./measure.ts";

const RINGS = 500;
const JOBS = 5;
/** A queue that is not busy, as between two jobs. */
const PAUSE_MS = 5;

/** P7: from the ring of the bell to the entry of the handler, one at a time, on a Redis of its own. */
export async function benchmarkQueue(): Promise<readonly Finding[]> {
  const rings = await ringTimes();
  const job = await jobTime();
  const p50 = median(rings);
  return [
    {
      goal: "P7",
      what: "queue, ring → handler, p50, against 5 ms",
      measured: p50,
      floor: 5,
      unit: "ms",
      atMost: 1,
    },
    {
      goal: "P7",
      what: "queue, ring → handler, p99, against 30 ms",
      measured: quantile(rings, 0.99),
      floor: 30,
      unit: "ms",
      atMost: 1,
    },
    { goal: "P7", what: "queue, p50, of a bare job", measured: p50, floor: job, unit: "ms", atMost: 0.02 },
  ];
}

async function ringTimes(): Promise<number[]> {
  const redis = await startRedis();
  const bell = openBell(redis.url);
  const entered = new Map<number, (at: number) => void>();
  const listener = listen(redis.url, {
    queue: "jobs",
    concurrency: 2,
    handle: async ({ attemptId }) => entered.get(attemptId)?.(performance.now()),
  });
  const times: number[] = [];
  try {
    for (let attemptId = 1; attemptId <= RINGS; attemptId++) {
      const entry = new Promise<number>((resolve) => entered.set(attemptId, resolve));
      const rung = performance.now();
      await bell.ring({ queue: "jobs", label: "default", attemptId }).catch(() => undefined);
      const at = await Promise.race([entry, sleep(5000, undefined)]);
      // The first rings find connections that are not there yet.
      if (at !== undefined && attemptId > 20) times.push(at - rung);
      await sleep(PAUSE_MS);
    }
  } finally {
    await listener.close();
    await bell.close();
    await redis.close();
  }
  if (times.length < RINGS - 20) throw new Error(`only ${times.length} of ${RINGS} rings were heard`);
  return times;
}

async function jobTime(): Promise<number> {
  await buildTestImages();
  const docker = new Docker();
  const network = await connectDocker().ensureNetwork("fmg-jobs", AbortSignal.timeout(30_000));
  const times: number[] = [];
  for (let round = 0; round < JOBS; round++) {
    times.push(await bareJob(docker, { image: testImages.busybox, network, script: "true" }));
  }
  return median(times);
}
