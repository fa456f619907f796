import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { beforeAll, expect, jest, test } from "@jest/globals";
import type { StepPlan } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../../test/plans.ts";
import { useRealDocker } from "../../test/real-docker.ts";
import { memoryStores } from "../testing/memory-stores.ts";
import { writeTar } from "../tar/write-tar.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ bash: { bash: true, bare: true } });

// What is built already stays as it is.
beforeAll(() => promisify(execFile)(new URL("../../step-program/build.sh", import.meta.url).pathname));

const base = { when: "on_success", range: somewhere } as const;
const key = {
  text: 'v1-{{ checksum "README" }}',
  parts: [
    { kind: "text", text: "v1-" },
    { kind: "checksum", path: "README" },
  ],
} as const;

const steps: readonly StepPlan[] = [
  { ...base, kind: "checkout", name: "Checkout code", path: ".", method: "full" },
  aRun("for tool in git ssh tar gzip sh mkdir; do command -v $tool || :; done; echo $(<README) >made"),
  { ...base, kind: "save-cache", name: "save", key, paths: ["made"] },
  { ...base, kind: "restore-cache", name: "restore", keys: [key] },
  { ...base, kind: "persist-to-workspace", name: "persist", root: ".", paths: ["made"] },
  { ...base, kind: "attach-workspace", name: "attach", at: "at" },
  aRun('echo "at: $(<at/made)"; echo "<testsuite><testcase name=\'a\'/></testsuite>" >results.xml'),
  { ...base, kind: "store-test-results", name: "results", path: "results.xml" },
  { ...base, kind: "store-artifacts", name: "artifacts", path: "at/made", destination: "made" },
];

test("an image with bash and no other tool runs every kind of step: git, tar and the rest are brought along (R-DKR-8)", async () => {
  const stores = memoryStores();
  const source = {
    async *asTar({ uid, gid }: { uid: number; gid: number }) {
      const file = { kind: "file", mode: 0o644, uid, gid } as const;
      yield writeTar([
        { name: ".git", kind: "directory", mode: 0o755, uid, gid },
        { ...file, name: ".git/HEAD", content: "ref: refs/heads/main\n" },
        { ...file, name: "README", content: "hello\n" },
      ]);
    },
  };

  const { outcome, log } = await docker.run(
    docker.input(aJobPlan(docker.image("bash"), steps), { stores, source }),
  );

  expect(outcome).toEqual({ status: "success" });
  expect(log(2)).toBe("");
  expect(log(4)).toMatch(/^Found a cache at v1-/);
  expect(log(7)).toBe("at: hello\n");
  expect(stores.kept.results).toMatchObject([{ name: "a", result: "success" }]);
  expect(Buffer.from(stores.kept.artifacts.get("made")!).toString()).toBe("hello\n");
});
