import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, jest, test } from "@jest/globals";
import Docker from "dockerode";

import { aJobPlan, aRun } from "../test/plans.ts";
import { record } from "../test/recorder.ts";
import { useRealDocker } from "../test/real-docker.ts";
import { resourceName } from "./names.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ bash: { bash: true }, builder: { bash: true, user: "builder" } });

describe("a step that says nothing for too long", () => {
  // R-RUN-2
  test("is ended with a message, and the steps that run on failure still do (REL-23)", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("echo waiting; sleep 4321", { noOutputTimeoutMs: 1500 }),
      aRun("echo never"),
      aRun("echo cleanup", { when: "always" }),
    ]);
    const input = docker.input(plan);

    const { outcome, statuses, log, recorded } = await docker.run(input);

    expect(outcome).toMatchObject({ status: "failure", reason: "timed_out" });
    expect(statuses).toEqual(["success", "failure", "skipped", "success"]);
    expect(log(1)).toContain("Too long with no output (exceeded 1.5s): context deadline exceeded\n");
    expect(log(3)).toBe("cleanup\n");
    expect(recorded.progress.get(1)?.durationMs).toBeGreaterThan(1400);
    expect(recorded.progress.get(1)?.durationMs).toBeLessThan(8000);
    expect(await processes(input.attemptId)).not.toContain("4321");
  });

  test("is left alone while it speaks now and then", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done", { noOutputTimeoutMs: 2000 }),
    ]);

    expect((await docker.run(docker.input(plan))).outcome).toEqual({ status: "success" });
  });
});

describe("a canceled job", () => {
  // R-LIFE-2
  test.each(["bash", "builder"])(
    "has no process left, and runs no further step (user of %s, R-STEPST-1, REL-23)",
    async (kind) => {
      const stubborn = "trap '' TERM; (setsid sleep 4321 &); echo up; sleep 4321; sleep 4321";
      const plan = aJobPlan(docker.image(kind), [
        aRun("sleep 4321", { background: true }),
        aRun(stubborn),
        aRun("echo always", { when: "always" }),
      ]);
      const input = docker.input(plan);
      const cancel = new AbortController();
      const recorder = record();

      const running = docker.run(input, { cancel: cancel.signal }, recorder);
      await until(() => recorder.logs.get(2)?.toString() === "up\n");
      cancel.abort();
      const { outcome, statuses, log } = await running;

      expect(outcome).toEqual({ status: "canceled", reason: "by_user", message: "Canceled." });
      expect(statuses).toEqual(["success", "canceled", "canceled", "skipped"]);
      expect(log(2)).toContain("Canceled.");
      expect(await processes(input.attemptId)).not.toContain("4321");
    },
  );

  test("that was canceled before it began makes no container", async () => {
    const input = docker.input(aJobPlan(docker.image("bash"), [aRun("true")]));

    const { outcome, statuses } = await docker.run(input, { cancel: AbortSignal.abort() });

    expect(outcome).toMatchObject({ status: "canceled" });
    expect(statuses).toEqual(["skipped", "skipped"]);
    expect(
      await docker.engine.inspectContainer(resourceName(docker.instance, input.attemptId), soon()),
    ).toBeUndefined();
  });
});

describe("a job that runs longer than its limit", () => {
  // R-LIFE-1
  test("is a failure, and not even its cleaning steps run (REL-23)", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("sleep 4321"),
      aRun("echo always", { when: "always" }),
    ]);
    const input = docker.input(plan);

    const { outcome, statuses } = await docker.run({
      ...input,
      limits: { ...input.limits, jobTimeoutMs: 4000 },
    });

    expect(outcome).toEqual({
      status: "failure",
      reason: "timed_out",
      message: "The job ran longer than its limit of 4s.",
    });
    expect(statuses).toEqual(["success", "failure", "skipped"]);
    expect(await processes(input.attemptId)).not.toContain("4321");
  });
});

describe("a step that is killed from inside", () => {
  test.each([
    ["kills itself", "kill -9 $$", 137],
    ["ends by a segmentation fault", "kill -SEGV $$", 139],
    ["ends by TERM", "kill -TERM $$", 143],
    ["exits with more than a byte holds", "exit 300", 44],
    ["kills everything it can", "kill -9 -1", 137],
    ["kills the program that runs the row", "kill -9 $PPID; sleep 5", 137],
  ])("and %s is told with its exit code", async (_how, command, exitCode) => {
    const plan = aJobPlan(docker.image("bash"), [aRun(command), aRun("echo after", { when: "always" })]);

    const { outcome, recorded, log } = await docker.run(docker.input(plan));

    expect(outcome).toMatchObject({ status: "failure", reason: "step_failed" });
    expect(recorded.progress.get(1)).toMatchObject({ status: "failure", exitCode });
    expect(log(2)).toBe("after\n");
  });

  test("because it took too much memory is told as that (R-RC-3)", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("exec head -c 200000000 /dev/zero | tail -c 200000000 | wc -c", {
        shell: ["/bin/bash", "-o", "pipefail"],
      }),
      aRun("exit 2", { when: "always" }),
    ]);
    const input = docker.input(plan);

    const { outcome, log } = await docker.run({
      ...input,
      limits: { ...input.limits, memoryBytes: 64 * 2 ** 20 },
    });

    expect(outcome).toMatchObject({ status: "failure", reason: "oom_killed" });
    expect(log(1)).toContain(
      "Exited with code exit status 137\nThe job reached its limit of 64 MB of memory",
    );
    expect(log(2)).toBe("\nExited with code exit status 2\n");
  });

  test("and that removes its own state fails, and the row goes on", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("rm -rf /fmg/s/1-1"),
      aRun("echo after", { when: "always" }),
    ]);

    const { outcome, statuses, log } = await docker.run(docker.input(plan));

    expect(outcome).toMatchObject({ status: "failure", reason: "step_failed" });
    expect(statuses).toEqual(["success", "failure", "success"]);
    expect(log(2)).toBe("after\n");
  });

  test("by the limit of processes fails, and the job ends", async () => {
    // bash tries each fork again for 15 s, in which the job's limit may come first; sh gives up at once.
    const plan = aJobPlan(docker.image("bash"), [
      aRun("bomb() { bomb | bomb & }; bomb; sleep 1; exit 5", { shell: ["/bin/sh"] }),
      aRun("echo after", { when: "always" }),
    ]);
    const input = docker.input(plan);

    const { outcome } = await docker.run({
      ...input,
      limits: { ...input.limits, pids: 64 },
    });

    expect(outcome).toMatchObject({ status: "failure", reason: "step_failed" });
  });
});

describe("the cage of a job", () => {
  // SEC-16
  test.each([true, false])("is what the daemon was told (trusted: %s)", async (trusted) => {
    const input = docker.input(aJobPlan(docker.image("bash"), [aRun("true")]), { trusted });

    await docker.run(input);

    const container = new Docker().getContainer(resourceName(docker.instance, input.attemptId));
    const { HostConfig, Config, Mounts, NetworkSettings } = await container.inspect();
    expect(HostConfig).toMatchObject({
      Privileged: false,
      CapDrop: ["ALL"],
      PidsLimit: 256,
      Memory: 256 * 2 ** 20,
      MemorySwap: 256 * 2 ** 20,
      NanoCpus: 1e9,
      RestartPolicy: { Name: "no" },
      AutoRemove: false,
      OomScoreAdj: 500,
      Binds: null,
      Devices: null,
      PidMode: "",
      UTSMode: "",
      UsernsMode: "",
      IpcMode: "private",
      LogConfig: { Type: "local" },
    });
    expect(HostConfig.CapAdd).not.toContain("CAP_NET_RAW");
    expect(HostConfig.CapAdd).not.toContain("CAP_SYS_ADMIN");
    expect(HostConfig.SecurityOpt ?? []).toEqual(trusted ? [] : ["no-new-privileges"]);
    expect(Mounts).toEqual([
      expect.objectContaining({
        Type: "volume",
        Name: resourceName(docker.instance, input.attemptId),
        Destination: "/fmg",
      }),
    ]);
    expect(Config.Labels).toEqual({
      "fmg.instance": docker.instance,
      "fmg.step-program": expect.stringMatching(/^(sh|amd64|arm64)$/),
      "fmg.job": "1",
      "fmg.attempt": String(input.attemptId),
      "fmg.epoch": "1",
      "fmg.role": "job",
    });
    const [network] = Object.values(NetworkSettings.Networks);
    const { Options, Name } = await new Docker().getNetwork(network?.NetworkID ?? "").inspect();
    expect(Name).toBe("fmg-jobs");
    expect(Options).toMatchObject({ "com.docker.network.bridge.enable_icc": "false" });
  });

  test("holds against a step that tries the bars", async () => {
    const attempts = [
      "mount -t tmpfs none /mnt",
      "echo x >/proc/sys/kernel/core_pattern",
      "echo c >/proc/sysrq-trigger",
      "ls /var/run/docker.sock",
      "ping -c 1 127.0.0.1",
      "unshare -U true",
      "head -c 1 /dev/kmsg",
    ];
    const plan = aJobPlan(docker.image("bash"), [
      aRun(attempts.map((attempt) => `(${attempt}) >/dev/null 2>&1 && echo '${attempt}'`).join("\n"), {
        shell: ["sh"],
      }),
    ]);

    const { recorded } = await docker.run(docker.input(plan));

    expect(
      recorded.logs
        .get(1)
        ?.toString()
        .replace(/\nExited.*\n/, ""),
    ).toBe("");
  });
});

function soon(): AbortSignal {
  return AbortSignal.timeout(10_000);
}

async function processes(attemptId: number): Promise<string> {
  const listed = await docker.ask(attemptId, "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '", "0");
  return listed.toString();
}

/** Looks again until it is so; a test that waits in vain ends by its own time limit. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(10);
}
