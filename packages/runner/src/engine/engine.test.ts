import { randomBytes } from "node:crypto";

import { expect, jest, test } from "@jest/globals";
import Docker from "dockerode";

import { useRealDocker } from "../../test/real-docker.ts";
import { engineContract } from "../testing/engine-contract.ts";
import { fakeEngine } from "../testing/index.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ sh: {} });

engineContract("Docker", () => ({
  engine: docker.engine,
  image: docker.image("sh"),
  instance: docker.instance,
}));

test("a network that two processes make at once is one network", async () => {
  const name = `fmg-${randomBytes(4).toString("hex")}`;
  const ids = await Promise.all(
    [1, 2, 3].map(() => docker.engine.ensureNetwork(name, AbortSignal.timeout(30_000))),
  );
  await Promise.all([...new Set(ids)].map((id) => new Docker().getNetwork(id).remove()));

  expect(new Set(ids).size).toBe(1);
});

const fake = fakeEngine({
  images: ["here"],
  log: () => [{ stream: "stdout", bytes: Buffer.from("said\n") }],
  async *exec({ argv, input }) {
    if (input === undefined) yield { stream: "stdout", bytes: Buffer.from(`${argv.slice(1).join(" ")}\n`) };
    else for await (const bytes of input) yield { stream: "stdout", bytes };
  },
});
const instance = `test-${randomBytes(4).toString("hex")}`;

engineContract("the fake", () => ({ engine: fake, image: "here", instance }));
