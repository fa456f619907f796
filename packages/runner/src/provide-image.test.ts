import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { Secret, type BuildJobPlan, type ImageAuthPlan } from "@fmg/core";
import Docker from "dockerode";

import { aJobPlan, aRun } from "../test/plans.ts";
import { useRealDocker } from "../test/real-docker.ts";
import { record } from "../test/recorder.ts";
import { startRegistry, type TestRegistry } from "../test/registry.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ sh: {}, other: { labels: { other: "yes" } } });
let registry: TestRegistry;
let image: string;

beforeAll(async () => {
  registry = await startRegistry();
  image = await registry.push(docker.image("sh"), "team/app");
});

afterAll(async () => {
  await forget(image);
  await registry.close();
});

describe("an image of a registry that asks for a password", () => {
  test("is pulled with the credentials of `auth`, for services too, and again when told to (R-DKR-6, R-ENV-5)", async () => {
    await forget(image);
    const plan = aJobPlan(image, [aRun("echo ran")], { services: [{ auth: auth(), command: ["true"] }] });

    const { outcome, log, recorded } = await docker.run(docker.input(withAuth(plan), credentials("right")));

    expect(outcome).toEqual({ status: "success" });
    expect(log(0)).toMatch(/Pulling the image .*\n(.*\n)*Status: Downloaded newer image for /);
    const first = digests(recorded.events);
    expect(pulls(recorded.events)[0]).toEqual({
      id: expect.stringMatching(/^sha256:/),
      sizeBytes: expect.any(Number),
    });
    const name = image.replace(/:1$/, "");
    expect(first).toEqual([0, 1].map((position) => [position, expect.stringMatching(`^${name}@sha256:`)]));

    await registry.push(docker.image("other"), "team/app");
    // What is here is taken, whatever the registry has now, and whoever asks.
    await new Docker().getImage(docker.image("sh")).tag({ repo: name, tag: "1" });
    const here = await docker.run(docker.input(withAuth(plan), credentials("wrong")));
    expect(here.outcome).toEqual({ status: "success" });
    expect(here.log(0)).not.toContain("Pulling");
    expect(pulls(here.recorded.events)).toEqual([]);
    const containerPolicy = { pull: "always", serviceWaitMs: 1000 } as const;
    const always = { ...credentials("right"), containerPolicy };
    const anew = await docker.run(docker.input(withAuth(plan), always));
    expect(anew.outcome).toEqual({ status: "success" });
    expect(digests(anew.recorded.events)[0]).not.toEqual(first[0]);
    expect(pulls(anew.recorded.events)).not.toEqual([]);
    const again = await docker.run(docker.input(withAuth(plan), always));
    expect(pulls(again.recorded.events)).toEqual([]);
  });

  test("goes by its name when it is removed, and what was here under another name stays", async () => {
    await forget(image);
    const soon = AbortSignal.timeout(30_000);
    await docker.engine.pullImage(image, registry, () => undefined, soon);

    expect(await docker.engine.removeImage(image, soon)).toBe("removed");

    expect(await docker.engine.findImage(image, soon)).toBeUndefined();
    expect(await docker.engine.findImage(docker.image("other"), soon)).toBeDefined();
  });

  test.each([
    ["wrong credentials", "wrong"],
    ["none", undefined],
  ] as const)(
    "is refused with %s at once, in the registry's words, which tell no password",
    async (_how, which) => {
      await forget(image);
      const plan = aJobPlan(image, [aRun("echo ran")]);
      const { outcome, log, statuses } = await docker.run(
        which === undefined ? docker.input(plan) : docker.input(withAuth(plan), credentials(which)),
      );

      expect(outcome).toMatchObject({ status: "error", reason: "image_pull_failed" });
      expect(statuses).toEqual(["error", "skipped"]);
      expect(log(0)).toMatch(/could not be pulled: .*(unauthorized|no basic auth)/);
      expect(log(0)).not.toContain("trying again");
      expect(log(0)).not.toContain("wrong-pass");
    },
  );

  test("is asked for again when the registry fails (R-DKR-6)", async () => {
    await forget(image);
    registry.fail();
    const recorder = record();
    const report: typeof recorder.report = async (event) => {
      if (event.kind === "log" && Buffer.from(event.bytes).includes("trying again")) registry.heal();
      await recorder.report(event);
    };
    const input = docker.input(withAuth(aJobPlan(image, [aRun("echo ran")])), credentials("right"));

    const { outcome, log } = await docker.run(input, {}, { ...recorder, report });

    expect(outcome).toEqual({ status: "success" });
    expect(log(0)).toMatch(/could not be pulled: .*503.*; trying again\n/);
    expect(log(1)).toBe("ran\n");
  });
});

function auth(): ImageAuthPlan {
  const values = [
    { name: "username", value: registry.username },
    { name: "password", value: "${REGISTRY_PASSWORD}" },
  ];
  return { kind: "basic", values };
}

function withAuth(plan: BuildJobPlan): BuildJobPlan {
  const { executor } = plan;
  if (executor.kind !== "docker") throw new Error("a docker plan is wanted");
  const [primary, ...services] = executor.images;
  return { ...plan, executor: { ...executor, images: [{ ...primary, auth: auth() }, ...services] } };
}

function credentials(which: "right" | "wrong"): { secrets: { name: string; value: Secret }[] } {
  const value = which === "right" ? registry.password : "wrong-pass";
  return { secrets: [{ name: "REGISTRY_PASSWORD", value: new Secret(value) }] };
}

function digests(events: ReturnType<typeof record>["events"]): [number, string][] {
  return events
    .flatMap((event): [number, string][] =>
      event.kind === "image-resolved" ? [[event.position, event.digest]] : [],
    )
    .toSorted(([a], [b]) => a - b);
}

function pulls(events: ReturnType<typeof record>["events"]): unknown[] {
  return events.flatMap((event) =>
    event.kind === "image-resolved" && event.pulled !== undefined ? [event.pulled] : [],
  );
}

async function forget(reference: string): Promise<void> {
  try {
    await new Docker().getImage(reference).remove({ force: true });
  } catch (thrown) {
    // It is not here.
    if ((thrown as { statusCode?: number }).statusCode !== 404) throw thrown;
  }
}
