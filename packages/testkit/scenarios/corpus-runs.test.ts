import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { awaitState } from "../src/await-state.ts";
import { readCorpusCases, type CorpusCase } from "../src/corpus/corpus-case.ts";
import { buildStubImage, standInFor } from "../src/corpus/stub-image.ts";
import { startStack, type Stack } from "../src/stack.ts";

const corpus = process.env["FMG_CORPUS"];
const cases = await readCorpusCases(corpus!);
const cleanUp = new AsyncDisposableStack();
let stack: Stack;
beforeAll(async () => {
  const image = await buildStubImage();
  cleanUp.defer(() => image.remove());
  const names = await standInFor(cases.flatMap(({ images }) => images));
  cleanUp.defer(() => names.remove());
  const machines = [...new Set(cases.flatMap(({ machineImages }) => machineImages))];
  stack = await startStack({
    env: { FMG_MACHINE_IMAGES: machines.map((name) => `${name}=${image.name}`).join(",") },
  });
  cleanUp.defer(() => stack.stop());
  for (const name of new Set(cases.flatMap(({ contexts }) => contexts)))
    await stack.client.createContext({ body: { name } });
}, 180_000);
afterAll(() => cleanUp.disposeAsync(), 120_000);

test.each(cases.map((each) => [each.name, each] as const))(
  "%s",
  async (_name, each) => {
    const { pipelineId } = await stack.push(`octo/${each.name.toLowerCase()}`, { files: each.files });
    const ended = await awaitState({
      what: "end",
      read: async () => {
        for (const job of await stack.jobs(pipelineId))
          if (job.status === "on_hold") await stack.client.approveJob({ params: { id: job.id }, body: {} });
        return stack.client.getPipeline({ params: { id: pipelineId } });
      },
      judge: (p) =>
        ["success", "failure", "error", "canceled", "skipped"].includes(p.status) ? "reached" : "waiting",
      deadlineMs: 200_000,
    });
    const out = [
      `== ${each.name} ${ended.status} ${ended.reason ?? ""} ${ended.message ?? ""}`,
      ...ended.diagnostics.slice(0, 3).map((d) => `   ${d.severity} ${d.message}`),
    ];
    for (const job of await stack.jobs(pipelineId)) {
      out.push(`   ${job.name} ${job.status} ${job.reason ?? ""} ${job.message ?? ""}`);
      if (job.reason === "step_failed")
        out.push(
          (await stack.jobLog(pipelineId, job.name))
            .split("\n")
            .slice(-6)
            .map((l) => `         | ${l}`)
            .join("\n"),
        );
    }
    process.stderr.write(out.join("\n") + "\n");
    expect(ended.status).not.toBe("error");
  },
  220_000,
);
