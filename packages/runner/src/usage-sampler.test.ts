import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { JobEvent, StepHeader } from "@fmg/core";

import { aJobPlan, aRun } from "../test/plans.ts";
import { useRealDocker } from "../test/real-docker.ts";
import type { ContainerUsage } from "./engine/container-engine.ts";
import { openUsageSampler } from "./usage-sampler.ts";

type Usage = Extract<JobEvent, { kind: "usage" }>;

const isUsage = (event: JobEvent): event is Usage => event.kind === "usage";

describe("in a container", () => {
  const docker = useRealDocker({ sh: {} });

  test("what each step used is reported beside its output, for short jobs too", async () => {
    const busy =
      "i=0; while [ $i -lt 400000 ]; do i=$((i + 1)); done; a=$(head -c 20m /dev/zero | tr '\\0' x)";
    const plan = aJobPlan(docker.image("sh"), [aRun(busy), aRun("sleep 1.3"), aRun("sleep 1.5")]);

    const { recorded } = await docker.run(docker.input(plan));

    const [first, ...later] = recorded.events.filter(isUsage);
    expect(first).toMatchObject({ step: 1 });
    expect(first!.cpuMs).toBeGreaterThan(20);
    expect(first!.memoryBytes).toBeGreaterThan(100_000);
    expect(later.map(({ step }) => step)).toContain(2);
    for (const { cpuMs } of later) expect(cpuMs).toBeGreaterThanOrEqual(first!.cpuMs);
  }, 60_000);
});

describe("beside an attempt", () => {
  const headers: StepHeader[] = [0, 1, 2].map((index) => ({
    index,
    name: `step ${index}`,
    kind: "run",
    background: index === 2,
  }));
  const used: ContainerUsage = { cpuMs: 10, memoryBytes: 1000 };
  const started = (step: number): JobEvent => ({ kind: "step-started", step, at: 1 });
  const finished = (step: number): JobEvent => ({
    kind: "step-finished",
    step,
    outcome: { status: "success" },
    at: 2,
  });

  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function open(measure: () => Promise<ContainerUsage | undefined>) {
    const events: JobEvent[] = [];
    const sampler = openUsageSampler(headers, async (event) => void events.push(event), measure);
    return { sampler, samples: () => events.filter(isUsage).map(({ step }) => step) };
  }

  test("a sample is taken every 2 s, after two minutes every 10 s, and belongs to the foreground step", async () => {
    const { sampler, samples } = open(async () => used);
    await sampler.report(started(1));
    await sampler.report(started(2));
    await jest.advanceTimersByTimeAsync(121_000);
    expect(samples()).toEqual(Array.from({ length: 60 }, () => 1));
    await jest.advanceTimersByTimeAsync(100_000);
    expect(samples()).toHaveLength(70);
    await sampler.close();
    await jest.advanceTimersByTimeAsync(100_000);
    expect(samples()).toHaveLength(70);
  });

  test("a measurement that never answers, or fails, holds nothing up", async () => {
    const { sampler, samples } = open(() => new Promise(() => undefined));
    await sampler.report(started(1));
    await sampler.report(finished(1));
    const closed = sampler.close();
    await jest.advanceTimersByTimeAsync(30);
    await closed;
    expect(samples()).toEqual([]);

    const failing = open(() => Promise.reject(new Error("gone")));
    await failing.sampler.report(finished(1));
    await failing.sampler.close();
    expect(failing.samples()).toEqual([]);
  });
});
