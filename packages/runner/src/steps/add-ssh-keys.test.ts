import { createHash, generateKeyPairSync } from "node:crypto";

import { expect, jest, test } from "@jest/globals";
import { Secret, type AddSshKeysStepPlan } from "@fmg/core";
import Docker from "dockerode";

import { aJobPlan, aRun, somewhere } from "../../test/plans.ts";
import { useRealDocker } from "../../test/real-docker.ts";
import { resourceName } from "../names.ts";
import { readSshKeys } from "../ssh/ssh-keys.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ builder: { bash: true, user: "builder" } });

const pem = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string;
const [work, other] = [pem(), pem()];
const secrets = [
  { name: "FMG_SSH_KEY_WORK", value: new Secret(`Host: git.example\n${work.trimEnd()}`) },
  { name: "FMG_SSH_KEY_OTHER", value: new Secret(other) },
];
const [workKey, otherKey] = readSshKeys(secrets).keys as [
  ReturnType<typeof readSshKeys>["keys"][0],
  { md5: string },
];

function adds(...fingerprints: string[]): AddSshKeysStepPlan {
  return { kind: "add-ssh-keys", name: "keys", when: "on_success", range: somewhere, fingerprints };
}

test.each(["static", "sh"])(
  "add_ssh_keys puts the keys that were asked for into files of the step's user alone, and nowhere else (R-SSH-1, SEC-6, %s)",
  async (program) => {
    const file = (key: { md5: string }): string => `id_rsa_${key.md5.replaceAll(":", "")}`;
    const plan = aJobPlan(docker.image("builder"), [
      aRun("mkdir -m 700 ~/.ssh; echo 'Host mine' >~/.ssh/config"),
      adds(workKey.sha256),
      aRun(
        "ls ~/.ssh; stat -c '%a %u' ~/.ssh/*; cat ~/.ssh/config; sha256sum ~/.ssh/id_*; env | grep -c FMG_SSH || :",
      ),
      adds(),
      aRun("ls ~/.ssh; grep -c Host ~/.ssh/config; cat ~/.ssh/id_*"),
    ]);
    const wanted = docker.input(plan, { secrets });
    const stepProgram = program === "sh" ? "sh" : "auto";
    const containerPolicy = { ...wanted.containerPolicy, stepProgram } as const;

    const { outcome, log, recorded } = await docker.run({ ...wanted, containerPolicy });

    expect(outcome).toEqual({ status: "success" });
    const digest = createHash("sha256").update(work).digest("hex");
    const path = `/home/builder/.ssh/${file(workKey)}`;
    expect(log(2)).toBe(`Key ${workKey.sha256} (MD5:${workKey.md5}) for git.example: ${path}\n`);
    expect(log(3)).toBe(
      `config\n${file(workKey)}\n600 1000\n600 1000\nHost mine\n` +
        `Host git.example\n  IdentitiesOnly no\n  IdentityFile "${path}"\n${digest}  ${path}\n0\n`,
    );
    expect(log(5)).toContain([file(otherKey), file(workKey)].toSorted().join("\n"));
    expect(log(5)).toContain("\n3\n");
    // What a step prints of them is masked, line by line.
    const all = [...recorded.logs.values()].map((bytes) => bytes.toString()).join("");
    const container = new Docker().getContainer(resourceName(docker.instance, wanted.attemptId));
    const seen = `${all}${JSON.stringify(await container.inspect())}${JSON.stringify(recorded.events)}`;
    for (const line of [work, other].map((text) => text.split("\n")[1]!)) expect(seen).not.toContain(line);
  },
);

test("add_ssh_keys with a key that is not there fails and says which there are, and a fork's job gets none (R-SSH-1)", async () => {
  const steps = [adds("SHA256:unknown"), aRun("ls ~/.ssh/id_* || :", { when: "always" })];
  const plan = aJobPlan(docker.image("builder"), steps);

  const unknown = await docker.run(docker.input(plan, { secrets }));
  const fork = await docker.run(docker.input(plan, { secrets: [], trusted: false }));

  expect(unknown.outcome).toMatchObject({ status: "failure", reason: "step_failed" });
  expect(unknown.log(1)).toContain("There is no SSH key with the fingerprint SHA256:unknown for this job.");
  expect(unknown.log(1)).toContain(workKey.sha256);
  expect(unknown.log(2)).toContain("No such file");
  expect(fork.outcome).toMatchObject({ status: "failure", reason: "unauthorized" });
});
