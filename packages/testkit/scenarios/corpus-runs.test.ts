import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { isFinal, type Status } from "@fmg/core";
import { awaitState } from "../src/await-state.ts";
import { readCorpusCases, type CorpusCase } from "../src/corpus/corpus-case.ts";
import { buildStubImage, standInFor } from "../src/corpus/stub-image.ts";
import { repoRoot } from "../src/repo-root.ts";
import { runLocally, serverOutcome, type Outcome } from "../src/run-locally.ts";
import { startStack, type Stack } from "../src/stack.ts";

// Real configs belong to their authors, so they stand outside of this repository: see docs/compatibility.md.
const corpus = process.env["FMG_CORPUS"];
const long = process.env["FMG_LONG"] === "1";

if (corpus === undefined || !long) {
  test("real configs run where FMG_CORPUS names them, in the long form", () => {
    expect(corpus === undefined || !long).toBe(true);
  });
} else {
  const cases = await readCorpusCases(corpus);
  describe("the configs of the corpus", () => {
    runCases(cases, join(corpus, "orbs"));
  });
}

function runCases(cases: readonly CorpusCase[], orbs: string): void {
  const cleanUp = new AsyncDisposableStack();
  const machines = [...new Set(cases.flatMap(({ machineImages }) => machineImages))];
  let env: { FMG_MACHINE_IMAGES: string };
  let stack: Stack;
  beforeAll(async () => {
    const image = await buildStubImage();
    cleanUp.defer(() => image.remove());
    const names = await standInFor(image.name, new Set(cases.flatMap(({ images }) => images)));
    cleanUp.defer(() => names.remove());
    env = { FMG_MACHINE_IMAGES: machines.map((name) => `${name}=${image.name}`).join(",") };
    stack = await startStack({ env: { ...env, FMG_ORBS_DIR: orbs } });
    cleanUp.defer(() => stack.stop());
    for (const name of new Set(cases.flatMap(({ contexts }) => contexts))) {
      await stack.client.createContext({ body: { name } });
    }
  }, 180_000);
  afterAll(() => cleanUp.disposeAsync(), 120_000);

  test("are all told in docs/compatibility.md", () => {
    expect([...documented().keys()]).toEqual(cases.map(({ name }) => name));
  });

  test.each(cases.map((each) => [each.name, each] as const))(
    "%s comes to the same by the server and by fmg run, and to what is documented",
    async (name, { files }) => {
      const repository = `octo/${name.toLowerCase()}`;
      const { pipelineId } = await stack.push(repository, { files });
      await approveToTheEnd(stack, pipelineId);
      const outcome = await serverOutcome(stack, pipelineId);
      const args = ["--yes", "--orb-dir", orbs];
      await runLocally(files, { repository, args, env }, async (local) => {
        expect(local.outcome).toEqual(outcome);
      });
      expect(summaryOf(outcome)).toBe(documented().get(name));
    },
    400_000,
  );
}

/** Every hold is approved, as `fmg run --yes` does. */
async function approveToTheEnd(stack: Stack, pipelineId: number): Promise<void> {
  const { client } = stack;
  await awaitState({
    what: `pipeline ${pipelineId} to end`,
    read: async () => {
      for (const { id, status } of await stack.jobs(pipelineId)) {
        if (status === "on_hold") await client.approveJob({ params: { id }, body: {} });
      }
      return client.getPipeline({ params: { id: pipelineId } });
    },
    judge: ({ status }) => (isFinal(status) ? "reached" : "waiting"),
    deadlineMs: 200_000,
  });
}

/** `failure: 3 success, 1 failure, 2 skipped` */
function summaryOf({ status, jobs }: Outcome): string {
  const counts = new Map<string, number>();
  for (const job of Object.values(jobs)) counts.set(job.status, (counts.get(job.status) ?? 0) + 1);
  const order: Status[] = ["success", "failure", "error", "skipped"];
  const parts = order.flatMap((each) => (counts.has(each) ? [`${counts.get(each)} ${each}`] : []));
  return parts.length === 0
    ? `${status}: refused, for there is no second Docker`
    : `${status}: ${parts.join(", ")}`;
}

/** The table of docs/compatibility.md: config → what comes of it. */
function documented(): ReadonlyMap<string, string> {
  const page = readFileSync(join(repoRoot, "docs/compatibility.md"), "utf8");
  const [, table = ""] = /<!-- begin corpus runs -->(.*)<!-- end corpus runs -->/s.exec(page) ?? [];
  return new Map(
    [...table.matchAll(/^\| `(\S+)\.yml`\s*\| (.*?)\s*\|$/gm)].map(([, name = "", what = ""]) => [
      name,
      what,
    ]),
  );
}
