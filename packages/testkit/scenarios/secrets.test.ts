import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "@jest/globals";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

const secret = "s3cret-of-the-operator";
const config = `version: 2.1
jobs:
  build:
    docker:
      - image: fmg-test/busybox:local
    steps:
      - run: printf '%s' "no secret begins so, and the line does not end"; sleep 3
      - run: mkdir out; echo x >"out/of-$TOKEN"
      - store_artifacts: {path: out}
      - persist_to_workspace: {root: ., paths: [out]}
      - save_cache: {key: 'v1-{{ .Environment.TOKEN }}', paths: [out]}
      - restore_cache: {keys: ['v1-{{ .Environment.TOKEN }}']}
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

test("a secret reaches the steps, and neither a log, its stream, a name nor a row shows it; what is no secret comes at once (SEC-6, R-MASK-1)", async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-secrets-"));
  const file = join(folder, "secrets.env");
  await writeFile(file, `TOKEN='${secret}'\n`, { mode: 0o600 });
  stack = await startStack({ env: { FMG_SECRETS_FILE: file } });

  const { pipelineId } = await stack.push("octo/secrets", { files: { ".circleci/config.yml": config } });
  const stream = await followed(stack, pipelineId);
  await stack.waitForPipeline(pipelineId, "failure");

  const [job] = await stack.jobs(pipelineId);
  const attempts = await stack.get<{ items: { id: number }[] }>(`/jobs/${job!.id}/attempts`);
  const steps = await stack.get<{ items: { name: string }[] }>(`/attempts/${attempts.items[0]!.id}/steps`);
  const log = await stack.jobLog(pipelineId, "build");
  expect(steps.items.at(-1)!.name).toBe("says ****");
  expect(log).toMatch(/same\n[^]*<\*\*\*\*>\n\*\*\*\*\n\+ test '?\*\*\*\*'? '?=/);
  expect(log.match(/\*\*\*\*/g)!.length).toBeGreaterThanOrEqual(4);
  expect(log).toMatch(/Found a cache at v1-[\w-]{16} /);
  const artifacts = await stack.client.listArtifacts({ params: { id: job!.id } });
  expect(artifacts.items.map(({ path }) => path)).toEqual(["out/of-****"]);
  expect(stream.text).toBe(log);
  expect(stream.openLineAfterMs).toBeLessThan(1000);
  const seen = [log, stream.text, JSON.stringify([job, attempts, steps, artifacts])];
  for (const entry of await readdir(join(stack.dataDir, "logs"), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) seen.push(await readFile(join(entry.parentPath, entry.name), "latin1"));
  }
  seen.push(JSON.stringify(allRows(join(stack.dataDir, "fmg.db"))));
  for (const text of seen) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString("base64").slice(0, -2));
  }
}, 90_000);

/** The job's log as its stream brings it, and how long after its step's start the line without an end came. */
async function followed(
  stack: Stack,
  pipelineId: number,
): Promise<{ readonly text: string; readonly openLineAfterMs: number }> {
  const [job] = await awaitState({
    what: `pipeline ${pipelineId} to have jobs`,
    read: () => stack.jobs(pipelineId),
    judge: ({ length }) => (length > 0 ? "reached" : "waiting"),
    deadlineMs: 30_000,
  });
  const chunks: Uint8Array[] = [];
  let beganAt = 0;
  let openLineAfterMs = Infinity;
  for await (const event of stack.client.followLog({ jobId: job!.id })) {
    if (event.kind === "step" && event.step.index === 1) beganAt ||= performance.now();
    if (event.kind !== "log") continue;
    chunks.push(event.bytes);
    if (event.step === 1) openLineAfterMs = Math.min(openLineAfterMs, performance.now() - beganAt);
  }
  return { text: Buffer.concat(chunks).toString(), openLineAfterMs };
}

/** All that stands in the database but plans, which have what the config itself says. */
function allRows(file: string): unknown[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = db.prepare("select name from sqlite_schema where type = 'table'").all();
    return tables.flatMap(({ name }) =>
      db
        .prepare(`select * from "${String(name)}"`)
        .all()
        .map((row) => ({ ...row, plan: null })),
    );
  } finally {
    db.close();
  }
}
