import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import { aJob } from "@fmg/core/testing";
import { dockerFor } from "./host-offers.ts";
import { readMachineImages, readRemoteDocker } from "./read-host-offers.ts";

test("machine images are read by name", () => {
  expect([
    ...readMachineImages("default=cimg/base:2026.01, ubuntu-2404:current=reg.local:5000/m@sha256:01"),
  ]).toEqual([
    ["default", "cimg/base:2026.01"],
    ["ubuntu-2404:current", "reg.local:5000/m@sha256:01"],
  ]);
  expect(() => readMachineImages("cimg/base")).toThrow('FMG_MACHINE_IMAGES has "cimg/base"');
});

test("a second Docker is read with its certificates, and refused without them", () => {
  const folder = mkdtempSync(join(tmpdir(), "fmg-certificates-"));
  for (const name of ["ca.pem", "cert.pem"]) writeFileSync(join(folder, name), name);

  expect(() => readRemoteDocker("unix:///var/run/docker.sock", folder)).toThrow("must be tcp://HOST:PORT");
  expect(() => readRemoteDocker("tcp://10.0.0.1:2376", undefined)).toThrow("FMG_REMOTE_DOCKER_CERT_PATH");
  expect(() => readRemoteDocker("tcp://10.0.0.1:2376", folder)).toThrow("key.pem cannot be read");
  writeFileSync(join(folder, "key.pem"), "the key");
  const read = readRemoteDocker("tcp://10.0.0.1:2376", folder);
  expect(read?.host).toBe("tcp://10.0.0.1:2376");
  expect(JSON.stringify(read)).not.toContain("the key");
});

test("only a trusted job that asks for a Docker, or is a machine, gets one (SEC-7)", () => {
  const certificates = { ca: "", certificate: "", key: new Secret("k") };
  const offers = { machineImages: new Map(), remoteDocker: { host: "tcp://10.0.0.1:2376", certificates } };
  const range = { file: "f", start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
  const plain = aJob("plain");
  const step = {
    kind: "setup-remote-docker",
    name: "d",
    when: "on_success",
    dockerLayerCaching: false,
    range,
  } as const;
  const asking = aJob("asking", { steps: [step] });
  const machine = aJob("machine", { executor: { kind: "machine", dockerLayerCaching: false, range } });

  expect([plain, asking, machine].map((job) => dockerFor(offers, job, true).remoteDocker?.given)).toEqual([
    undefined,
    "by-step",
    "from-start",
  ]);
  expect([plain, asking, machine].map((job) => dockerFor(offers, job, false))).toEqual([{}, {}, {}]);
});
