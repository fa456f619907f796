import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, jest, test } from "@jest/globals";
import Docker from "dockerode";

import { aJobPlan, aRun } from "../test/plans.ts";
import { record } from "../test/recorder.ts";
import { useRealDocker } from "../test/real-docker.ts";
import { removeAttempt, type RunJobInput } from "./index.ts";
import { resourceName } from "./names.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ bash: { bash: true } });

describe("an owner that hands over", () => {
  test("stops within a second, leaves the step running, and its successor goes on where it stopped", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.3; done; echo ran >>/fmg/task/ledger"),
      aRun("echo second"),
    ]);
    const input = docker.input(plan);
    const recorder = record();
    const handOver = new AbortController();

    const first = docker.run(input, { handOver: handOver.signal }, recorder);
    await until(() => recorder.logs.get(1)?.toString() === "1\n2\n");
    const askedAt = performance.now();
    handOver.abort();
    expect((await first).outcome).toBe("handed-over");
    expect(performance.now() - askedAt).toBeLessThan(1000);

    const { outcome, statuses, log } = await docker.run(adopted(input, recorder), {}, recorder);

    expect(outcome).toEqual({ status: "success" });
    expect(statuses).toEqual(["success", "success", "success"]);
    expect(log(1)).toBe("1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    expect(log(2)).toBe("second\n");
    expect((await docker.ask(input.attemptId, "cat /fmg/task/ledger")).toString()).toBe("ran\n");
  });

  test("may do so while it sets up", async () => {
    const input = docker.input(aJobPlan(docker.image("bash"), [aRun("echo hello")]));
    const recorder = record();
    const handOver = new AbortController();

    const first = docker.run(
      input,
      { handOver: handOver.signal },
      {
        ...recorder,
        report: async (event) => {
          await recorder.report(event);
          if (event.kind === "image-resolved") handOver.abort();
        },
      },
    );
    expect((await first).outcome).toBe("handed-over");
    const { outcome, log } = await docker.run(adopted(input, recorder), {}, recorder);

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe("hello\n");
  });
});

describe("a successor", () => {
  test("fills and starts a container that was created and no more", async () => {
    const input = docker.input(aJobPlan(docker.image("bash"), [aRun("echo hello")]));
    const recorder = record();
    const handOver = new AbortController();
    const name = resourceName(docker.instance, input.attemptId);
    const first = docker.run(
      input,
      { handOver: handOver.signal },
      {
        ...recorder,
        report: async (event) => {
          await recorder.report(event);
          // The line that tells of the container comes before it is filled.
          if (event.kind === "log" && Buffer.from(event.bytes).includes("Container fmg-")) handOver.abort();
        },
      },
    );
    expect((await first).outcome).toBe("handed-over");
    expect((await docker.engine.inspectContainer(name, soon()))?.state).toBe("created");

    const { outcome, log } = await docker.run(adopted(input, recorder), {}, recorder);

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe("hello\n");
  });

  test("reads the result of a job that ended while nobody looked, and runs nothing again", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("echo side", { background: true }),
      aRun("echo one >>/fmg/task/ledger; echo one; sleep 0.5; exit 4"),
      aRun("echo two >>/fmg/task/ledger; echo two", { when: "always" }),
    ]);
    const input = docker.input(plan);
    const recorder = record();
    const handOver = new AbortController();
    const first = docker.run(input, { handOver: handOver.signal }, recorder);
    await until(() => recorder.logs.has(2));
    handOver.abort();
    await first;
    await until(async () => (await docker.ask(input.attemptId, "ls /fmg/s/3-1")).includes("@exit"));

    const { outcome, statuses, log, recorded } = await docker.run(adopted(input, recorder), {}, recorder);

    expect(outcome).toMatchObject({ status: "failure", reason: "step_failed" });
    expect(statuses).toEqual(["success", "success", "failure", "success"]);
    expect([log(1), log(2), log(3)]).toEqual(["side\n", "one\n\nExited with code exit status 4\n", "two\n"]);
    expect(recorded.progress.get(2)).toMatchObject({ exitCode: 4, durationMs: expect.any(Number) });
    expect((await docker.ask(input.attemptId, "cat /fmg/task/ledger")).toString()).toBe("one\ntwo\n");
  });

  test("says the same of a finished job again, from its progress alone", async () => {
    const input = docker.input(
      aJobPlan(docker.image("bash"), [aRun("exit 4", { name: "tests" }), aRun("true")]),
    );
    const recorder = record();
    const { outcome } = await docker.run(input, {}, recorder);
    const eventsBefore = recorder.events.length;

    const again = await docker.run(adopted(input, recorder), {}, recorder);

    expect(again.outcome).toEqual(outcome);
    expect(recorder.events.length).toBe(eventsBefore);
  });

  test("does not write the closing words of a log twice", async () => {
    const input = docker.input(aJobPlan(docker.image("bash"), [aRun("echo x; exit 4")]));
    const recorder = record();
    const lost = new Error("the power went out");

    await expect(
      docker.run(
        input,
        {},
        {
          ...recorder,
          report: async (event) => {
            if (event.kind === "step-finished" && event.step === 1) throw lost;
            await recorder.report(event);
          },
        },
      ),
    ).rejects.toBe(lost);
    const { outcome, log } = await docker.run(adopted(input, recorder), {}, recorder);

    expect(outcome).toMatchObject({ status: "failure" });
    expect(log(1)).toBe("x\n\nExited with code exit status 4\n");
  });

  test("goes on with a silence that its predecessor saw begin", async () => {
    const plan = aJobPlan(docker.image("bash"), [aRun("echo x; sleep 4321", { noOutputTimeoutMs: 600_000 })]);
    const input = docker.input(plan);
    const recorder = record();
    const handOver = new AbortController();
    const first = docker.run(input, { handOver: handOver.signal }, recorder);
    await until(() => recorder.logs.has(1));
    handOver.abort();
    await first;
    const anHourAgo = Date.now() - 3_600_000;
    recorder.progress.set(1, { ...recorder.progress.get(1)!, lastOutputAt: anHourAgo });

    const { outcome } = await docker.run(adopted(input, recorder), {}, recorder);

    expect(outcome).toMatchObject({ status: "failure", reason: "timed_out" });
  });

  test("that is told to cancel ends the step that it finds running", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("trap 'echo bye; exit 1' TERM; echo x; while :; do sleep 0.1; done"),
      aRun("echo always", { when: "always" }),
    ]);
    const input = docker.input(plan);
    const recorder = record();
    const handOver = new AbortController();
    const first = docker.run(input, { handOver: handOver.signal }, recorder);
    await until(() => recorder.logs.has(1));
    handOver.abort();
    await first;

    const { outcome, statuses, log } = await docker.run(
      adopted(input, recorder),
      { cancel: AbortSignal.abort() },
      recorder,
    );

    expect(outcome).toMatchObject({ status: "canceled" });
    expect(statuses).toEqual(["success", "canceled", "skipped"]);
    expect(log(1)).toMatch(/^x\n(Terminated\n)?bye\n\nCanceled\.\n$/);
  });

  test("starts anew when the container is gone and no step of the user had begun", async () => {
    const input = docker.input(aJobPlan(docker.image("bash"), [aRun("echo hello")]));
    const recorder = record();
    const first = docker.run(
      input,
      {},
      {
        ...recorder,
        report: async (event) => {
          if (event.kind === "step-finished" && event.step === 0) throw new Error("killed");
          await recorder.report(event);
        },
      },
    );
    await expect(first).rejects.toThrow("killed");
    await removeAttempt(docker.engine, docker.instance, input.attemptId);

    const { outcome, log } = await docker.run(adopted(input, recorder), {}, recorder);

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe("hello\n");
  });

  test("ends in an error, and repeats nothing, when the container is gone in mid-step (R-STAT-5)", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("echo one; sleep 60"),
      aRun("echo two", { when: "always" }),
    ]);
    const input = docker.input(plan);
    const recorder = record();
    const handOver = new AbortController();
    const first = docker.run(input, { handOver: handOver.signal }, recorder);
    await until(() => recorder.logs.has(1));
    handOver.abort();
    await first;
    await removeAttempt(docker.engine, docker.instance, input.attemptId);

    const { outcome, statuses, log } = await docker.run(adopted(input, recorder), {}, recorder);

    expect(outcome).toMatchObject({ status: "error", reason: "runner_lost" });
    expect(statuses).toEqual(["success", "error", "skipped"]);
    expect(log(1)).toMatch(/^one\n\nThe container of this attempt is gone/);
  });

  test("leaves a container alone that bears its name and is none of its own", async () => {
    const input = docker.input(aJobPlan(docker.image("bash"), [aRun("true")]));
    const name = resourceName(docker.instance, input.attemptId);
    const foreign = await new Docker().createContainer({ name, Image: docker.image("bash"), Cmd: ["sh"] });
    try {
      const { outcome } = await docker.run(input);

      expect(outcome).toMatchObject({ status: "error", reason: "container_failed" });
      expect((await foreign.inspect()).State.Status).toBe("created");
    } finally {
      await foreign.remove();
      await removeAttempt(docker.engine, docker.instance, input.attemptId);
    }
  });
});

describe("a container that is taken away under a running job", () => {
  test.each(["removed", "killed"])("ends the job in an error that says so (%s)", async (how) => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("echo one; sleep 60"),
      aRun("echo two", { when: "always" }),
    ]);
    const input = docker.input(plan);
    const recorder = record();
    const running = docker.run(input, {}, recorder);
    await until(() => recorder.logs.has(1));

    const container = new Docker().getContainer(resourceName(docker.instance, input.attemptId));
    if (how === "removed") await container.remove({ force: true });
    else await container.kill();
    const { outcome, statuses } = await running;

    expect(outcome).toMatchObject({ status: "error", reason: "runner_lost" });
    expect(statuses).toEqual(["success", "error", "skipped"]);
  });
});

function adopted(input: RunJobInput, recorder: ReturnType<typeof record>): RunJobInput {
  return { ...input, epoch: input.epoch + 1, progress: [...recorder.progress.values()] };
}

function soon(): AbortSignal {
  return AbortSignal.timeout(10_000);
}

/** Looks again until it is so; a test that waits in vain ends by its own time limit. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(10);
}
