import { expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../../test/plans.ts";
import { useRealDocker } from "../../test/real-docker.ts";
import { remoteClass } from "./set-up-remote-docker.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ sh: {} });
const setUp = {
  kind: "setup-remote-docker",
  name: "docker",
  when: "on_success",
  dockerLayerCaching: false,
  range: somewhere,
} as const;
const plan = () =>
  aJobPlan(docker.image("sh"), [
    setUp,
    aRun('echo "${DOCKER_HOST:-none}"; ls /fmg/docker || :', { when: "always" }),
  ]);

test("a job that is not trusted gets no remote Docker (SEC-7, R-SRD-2)", async () => {
  const { outcome, statuses, log } = await docker.run(docker.input(plan(), { trusted: false }));

  expect(outcome).toMatchObject({ status: "failure", reason: "unauthorized" });
  expect(statuses).toEqual(["success", "failure", "success"]);
  expect(log(2)).toMatch(/^none\nls: .*No such file/);
});

test("on a machine without a second Docker the step does nothing (R-SRD-1)", async () => {
  const { outcome, log } = await docker.run(docker.input(plan()));

  expect(outcome).toEqual({ status: "success" });
  expect(log(1)).toContain("this step does nothing");
});

test.each([
  ["small", "medium"],
  [undefined, "medium"],
  ["medium+", "large"],
  ["xlarge", "xlarge"],
])("beside a job of class %s stands a %s machine on CircleCI (R-RC-5)", (ofJob, remote) => {
  expect(remoteClass(ofJob)).toBe(remote);
});

test("a remote Docker that does not answer is an error of the host, and is told (R-SRD-2)", async () => {
  const certificates = { ca: "", certificate: "", key: new Secret("a-key") };
  const remoteDocker = { host: "tcp://127.0.0.1:1", certificates, given: "by-step" } as const;

  const { outcome, log } = await docker.run(docker.input(plan(), { remoteDocker }));

  expect(outcome).toMatchObject({ status: "error", reason: "docker_unavailable" });
  expect(log(1)).toMatch(
    /The remote Docker cannot be used\. Docker did not answer while asking the remote Docker at/,
  );
  expect(log(2)).toMatch(/^none\n/);
});
