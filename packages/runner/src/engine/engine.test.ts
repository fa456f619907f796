import { randomBytes } from "node:crypto";

import { jest } from "@jest/globals";

import { useRealDocker } from "../../test/real-docker.ts";
import { engineContract, fakeEngine } from "../testing/index.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ sh: {} });

engineContract("Docker", () => ({
  engine: docker.engine,
  image: docker.image("sh"),
  instance: docker.instance,
}));

const fake = fakeEngine({
  images: ["here"],
  log: () => [{ stream: "stdout", bytes: Buffer.from("said\n") }],
  exec: ({ argv }) => [{ stream: "stdout", bytes: Buffer.from(`${argv.slice(1).join(" ")}\n`) }],
});
const instance = `test-${randomBytes(4).toString("hex")}`;

engineContract("the fake", () => ({ engine: fake, image: "here", instance }));
