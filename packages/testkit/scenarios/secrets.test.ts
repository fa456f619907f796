import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { startStack, type Stack } from "../src/stack.ts";

const secret = "s3cret-of-the-operator";
const config = `version: 2.1
jobs:
  build:
    docker:
      - image: fmg-test/busybox:local
    steps:
      - run: test "$TOKEN" = "$(printf '%s' s3cret- of-the-operator | tr -d ' ')" && echo same
      - run: echo "<$TOKEN>"; echo "$TOKEN" | base64; set -x; test "$TOKEN" = no
      - run: {name: 'says ${secret}', command: printf '%s-of' s3cret; sleep 0.2; echo '-the-operator', when: always}
`;

let stack: Stack | undefined;
let folder: string | undefined;
afterEach(async () => {
  await stack?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
}, 60_000);

test("a secret reaches the steps, and neither a log, a name nor the API shows it (SEC-6, R-MASK-1)", async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-secrets-"));
  const file = join(folder, "secrets.env");
  await writeFile(file, `TOKEN='${secret}'\n`, { mode: 0o600 });
  stack = await startStack({ env: { FMG_SECRETS_FILE: file } });

  const { pipelineId } = await stack.push("octo/secrets", { files: { ".circleci/config.yml": config } });
  await stack.waitForPipeline(pipelineId, "failure");

  const [job] = await stack.jobs(pipelineId);
  const attempts = await stack.get<{ items: { id: number }[] }>(`/jobs/${job!.id}/attempts`);
  const steps = await stack.get<{ items: { name: string }[] }>(`/attempts/${attempts.items[0]!.id}/steps`);
  const log = await stack.jobLog(pipelineId, "build");
  expect(steps.items.at(-1)!.name).toBe("says ****");
  expect(log).toMatch(/same\n[^]*<\*\*\*\*>\n\*\*\*\*\n\+ test '?\*\*\*\*'? '?=/);
  expect(log.match(/\*\*\*\*/g)!.length).toBeGreaterThanOrEqual(4);
  const logs = join(stack.dataDir, "logs");
  const seen = [log, JSON.stringify(job), JSON.stringify(attempts), JSON.stringify(steps)];
  for (const entry of await readdir(logs, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) seen.push(await readFile(join(entry.parentPath, entry.name), "latin1"));
  }
  for (const text of seen) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString("base64").slice(0, -2));
  }
}, 90_000);
