import { expect, test } from "@jest/globals";

import type { ContainerSpec } from "../container-engine.ts";
import { containerBody } from "./container-body.ts";

test("nothing but the fields of the list reaches Docker, whatever a spec has beside them (SEC-16)", () => {
  const asked = {
    name: "fmg-test-a1",
    labels: {},
    image: "sha256:01",
    process: { kind: "own", entrypoint: ["sh"], Privileged: true },
    environment: [{ name: "A", value: "1" }],
    volume: "fmg-test-a1",
    network: { kind: "bridge", id: "net", ownNames: ["db"], NetworkMode: "host" },
    memoryBytes: 1,
    cpus: 1,
    pids: 1,
    privileges: "default",
    HostConfig: { Privileged: true, Binds: ["/:/host"] },
    PidMode: "host",
    Devices: ["/dev/kmsg"],
  } as unknown as ContainerSpec;

  const { HostConfig: host, ...body } = containerBody(asked) as { HostConfig: object };

  expect(Object.keys(body).toSorted()).toEqual(["Entrypoint", "Env", "Image", "Labels", "OpenStdin", "Tty"]);
  expect(host).toMatchObject({ Privileged: false, NetworkMode: "net", ExtraHosts: ["db:127.0.0.1"] });
  for (const forbidden of [
    "Binds",
    "PidMode",
    "Devices",
    "IpcMode",
    "UsernsMode",
    "CgroupParent",
    "Sysctls",
  ]) {
    expect(host).not.toHaveProperty(forbidden);
  }
});
