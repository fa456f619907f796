import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, jest, test } from "@jest/globals";
import type { ImagePlan } from "@fmg/core";

import Docker from "dockerode";

import { driveJob } from "../../test/driven-job.ts";
import { aJobPlan, aRun } from "../../test/plans.ts";
import { record } from "../../test/recorder.ts";
import { secretValue, useRealDocker } from "../../test/real-docker.ts";
import { listOwn, removeAttempt } from "../index.ts";
import { serviceName } from "../names.ts";
import { hostNames } from "./service-plans.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({
  sh: {},
  healthy: {
    changes: ["HEALTHCHECK --interval=1s --retries=9 CMD test -e /tmp/ready"],
  },
  storing: { changes: ["VOLUME /data"] },
  sick: { changes: ["HEALTHCHECK --interval=1s --retries=1 CMD false"] },
});

describe("service containers", () => {
  test("are reached at localhost, by name and by the image's name, and each has a log (R-DKR-1, R-DKR-3, R-DKR-5)", async () => {
    const services = [
      aService(
        `echo "$PW $TOKEN" "$(id -u)"; sleep 3; mkdir /tmp/a && echo db >/tmp/a/index.html; exec httpd -f -p 5432 -h /tmp/a`,
        {
          name: "db",
          user: "1000",
          environment: [
            { name: "PW", value: "$PW" },
            { name: "FMG_WAIT_FOR_PORT", value: "5432" },
          ],
        },
      ),
      aService(`echo it is ${secretValue} >&2; exec sleep 600`, {
        name: "printer",
        image: docker.image("storing"),
      }),
    ];
    const imageName = /\/(.*):/.exec(docker.image("sh"))![1]!;
    const plan = aJobPlan(
      docker.image("sh"),
      [aRun(`for host in localhost 127.0.0.1 db ${imageName}; do wget -qO- http://$host:5432/; done`)],
      { services },
    );
    const input = docker.input(plan);

    const { outcome, statuses, log, recorded } = await docker.run(input);

    expect(outcome).toEqual({ status: "success" });
    expect(statuses).toEqual(["success", "success", "success", "success"]);
    expect(log(1)).toBe("db\n".repeat(4));
    expect(log(0)).toMatch(/Waiting for the service db: port 5432\n(.*\n)*Service db is ready after/);
    expect(log(2)).toBe("$PW  1000\n\nStopped at the end of the job.\n");
    expect(log(3)).toBe(`it is ****\n\nStopped at the end of the job.\n`);
    const images = recorded.events.filter((event) => event.kind === "image-resolved");
    expect(images.map(({ position }) => position).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
    const service = await new Docker()
      .getContainer(serviceName(docker.instance, input.attemptId, 2))
      .inspect();
    const [anonymous] = service.Mounts.map(({ Name }) => Name ?? "");
    await removeAttempt(docker.engine, docker.instance, input.attemptId);
    expect(await listOwn(docker.engine, docker.instance)).toEqual([]);
    await expect(new Docker().getVolume(anonymous!).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  test("that end do no harm, are told of with their reason, and with the step that failed (R-DKR-1, R-DKR-3)", async () => {
    const web = "exec httpd -f -p 80";
    const plan = aJobPlan(docker.image("sh"), [aRun("sleep 2; exit 3")], {
      services: [
        aService(web, { name: "one" }),
        aService(`sleep 0.5; ${web}`, { name: "two" }),
        aService("exit 0", { name: "done" }),
      ],
    });

    const { outcome, statuses, log } = await docker.run(docker.input(plan));

    expect(outcome).toMatchObject({ status: "failure", reason: "step_failed" });
    expect(outcome).toMatchObject({
      message:
        'Step "sleep 2; exit 3": Exited with code exit status 3\nThe service two ended by itself with exit code 1.',
    });
    expect(statuses).toEqual(["success", "failure", "success", "failure", "success"]);
    expect(log(3)).toMatch(/in use\n\nThe service two ended by itself with exit code 1\.\n$/);
    expect(log(4)).toBe("\nThe service done ended by itself with exit code 0.\n");
  });

  test("with a health check are waited for, and one that stays sick or is no more is told of (R-DKR-7, departed from)", async () => {
    const plan = aJobPlan(docker.image("sh"), [aRun("echo went on")], {
      services: [
        aService("sleep 1; touch /tmp/ready; exec sleep 600", {
          image: docker.image("healthy"),
          name: "well",
        }),
        aService("exec sleep 600", { image: docker.image("sick"), name: "sick" }),
        aService("echo oh no; exit 5", { image: docker.image("healthy"), name: "dead" }),
      ],
    });

    const { outcome, log } = await docker.run(docker.input(plan));

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe("went on\n");
    expect(log(0)).toContain("Waiting for the service well: its health check\n");
    expect(log(0)).toMatch(/Service well is ready after \d/);
    expect(log(0)).toMatch(/The service sick is unhealthy by its own check after .*s; the job goes on/);
    expect(log(0)).toContain(
      "The service dead ended with exit code 5 before it was ready; the job goes on. Its last lines:\n  oh no\n",
    );
  });

  test.each([
    [
      "dies",
      "for n in 1 2 3; do echo line $n; done; exit 5",
      "The service db ended with exit code 5 before it was ready. Its last lines:\n  line 1\n  line 2\n  line 3",
    ],
    ["is silent", "exec sleep 600", "The service db lacks port 5432 after "],
  ])(
    "whose port is asked for and that %s ends the job before its first step",
    async (_how, script, message) => {
      const service = aService(script, {
        name: "db",
        environment: [{ name: "FMG_WAIT_FOR_PORT", value: "5432" }],
      });
      const plan = aJobPlan(docker.image("sh"), [aRun("true")], { services: [service] });
      const containerPolicy = { pull: "if-not-present", serviceWaitMs: 1000 } as const;

      const { outcome, statuses, log } = await docker.run(docker.input(plan, { containerPolicy }));

      expect(outcome).toMatchObject({ status: "error", reason: "container_failed" });
      expect(outcome).toMatchObject({ message: expect.stringContaining(message) });
      expect(log(0)).toContain(message);
      expect(statuses.slice(0, 2)).toEqual(["error", "skipped"]);
    },
  );

  test("are ended with a job that is canceled, and that harms nothing (R-LIFE-2)", async () => {
    const plan = aJobPlan(docker.image("sh"), [aRun("echo up; sleep 600")], {
      services: [aService("echo up; exec sleep 600")],
    });
    const cancel = new AbortController();
    const recorder = record();
    const report: typeof recorder.report = async (event) => {
      await recorder.report(event);
      if (recorder.logs.has(1) && recorder.logs.has(2)) cancel.abort();
    };

    const { outcome, statuses, log } = await docker.run(
      docker.input(plan),
      { cancel: cancel.signal },
      { ...recorder, report },
    );

    expect(outcome).toMatchObject({ status: "canceled" });
    expect(statuses).toEqual(["success", "canceled", "success"]);
    expect(log(2)).toBe("up\n\nStopped at the end of the job.\n");
  });

  test("go on when their owner is killed, and their log has every byte once (REL-1)", async () => {
    const count = "n=0; while [ $n -lt 60 ]; do n=$((n+1)); echo line $n; sleep 0.05; done; exec sleep 600";
    const plan = aJobPlan(docker.image("sh"), [aRun("sleep 5"), aRun("echo end")], {
      services: [aService(count, { name: "db" })],
    });
    const { source: _, progress: __, ...input } = docker.input(plan);
    const job = await driveJob({ ...input, secrets: [] });
    try {
      for (const line of [1, 20, 40]) {
        const owner = await job.startOwner();
        while (!job.log(3).includes(`line ${line}\n`)) await delay(10);
        owner.process.kill("SIGKILL");
        await owner.ended;
      }
      await (
        await job.startOwner()
      ).ended;

      expect(job.outcome()).toEqual({ status: "success" });
      const lines = Array.from({ length: 60 }, (_line, at) => `line ${at + 1}\n`).join("");
      expect(job.log(3).toString()).toBe(`${lines}\nStopped at the end of the job.\n`);
      expect(job.log(2).toString()).toBe("end\n");
    } finally {
      job.close();
    }
  });
});

test.each([
  [{ image: "cimg/postgres:16.2" }, ["postgres"]],
  [{ image: "registry.local:5000/a/b@sha256:01" }, ["b"]],
  [{ image: "redis", name: "cache" }, ["cache", "redis"]],
  [{ image: "redis", name: "x:8.8.8.8" }, ["redis"]],
  [{ image: "localhost" }, []],
])("the names of %j are host names (R-DKR-3)", (service, expected) => {
  expect(hostNames(aJobPlan("image", [], { services: [service] }))).toEqual(expected);
});

function aService(script: string, over: Partial<ImagePlan> = {}): Partial<ImagePlan> {
  return { image: docker.image("sh"), entrypoint: ["sh", "-c"], command: [script], ...over };
}
