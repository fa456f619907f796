import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync as Database } from "node:sqlite";

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import {
  attemptContext,
  createAttempts,
  countTests,
  listTests,
  loadWorkflow,
  moveJob,
  testHistory,
  type AttemptContext,
} from "@fmg/db";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { sweepBlobs } from "../sweep/sweep-blobs.ts";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { jobStores } from "./job-stores.ts";

let kit: TestServices;
beforeEach(() => {
  kit = testServices();
});
afterEach(() => kit.close());

function aContext(over: Partial<AttemptContext["pipeline"]> = {}, job = "a"): AttemptContext {
  const { services } = kit;
  const { workflowIds } = aStoredPipeline(services, aWorkflow(aJob(job)));
  advanceWorkflow(services, workflowIds[0]!);
  const attempt = loadWorkflow(services.db, workflowIds[0]!).jobs[0]!.attempts[0]!;
  const context = attemptContext(services.db, attempt.id);
  return { ...context, pipeline: { ...context.pipeline, ...over } };
}

const on = (branch: string, over: Partial<AttemptContext["pipeline"]> = {}) =>
  jobStores(kit.services, aContext({ branch, ...over })).caches;

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function read(hit: { read(): AsyncIterable<Uint8Array> } | undefined): Promise<string | undefined> {
  if (hit === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of hit.read()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("a branch sees its own caches, then the default branch's; a sibling's or a fork's never (SEC-8, R-CACHE-7)", async () => {
  await on("evil").save("npm-1", [], bytes("poison of a branch"));
  await on("main", { trust: "fork" }).save("npm-1", [], bytes("poison of a fork"));
  expect(await on("main").find("npm-")).toBeUndefined();
  expect(await on("main").has("npm-1")).toBe(false);

  await on("main").save("npm-1", [], bytes("good"));
  expect(await read(await on("feature").find("npm-"))).toBe("good");
  expect(await read(await on("main", { trust: "fork" }).find("npm-1"))).toBe("poison of a fork");
  expect(await read(await on("main").find("npm-"))).toBe("good");
  await on("feature").save("npm-2", [], bytes("own"));
  expect(await read(await on("feature").find("npm-"))).toBe("own");
});

test("a key is taken once, and the newest of a prefix wins (R-CACHE-3, R-CACHE-4)", async () => {
  expect(await on("main").save("k-1", [], bytes("first"))).toMatchObject({ outcome: "saved" });
  expect(await on("main").save("k-1", [], bytes("second"))).toMatchObject({ outcome: "exists" });
  expect(await read(await on("main").find("k-1"))).toBe("first");
  kit.advanceTime(1000);
  await on("main").save("k-10", [], bytes("newer"));
  expect(await read(await on("main").find("k-1"))).toBe("newer");
  expect(await on("main").find("K-")).toBeUndefined();
  expect(await on("main").find("k_")).toBeUndefined();
});

test("the jobs of a rerun without caches see none that is older, share what they save, and leave the default branch's alone (R-CACHE-3, ADR 18)", async () => {
  await on("main").save("k", [], bytes("of main"));
  await on("dev").save("k", [], bytes("bad"));
  kit.advanceTime(1000);
  const cleanly = () => {
    const context = aContext({ branch: "dev" });
    const rerun = { from: "start", by: "ada", number: 1, cleanCache: true } as const;
    return jobStores(kit.services, { ...context, workflow: { ...context.workflow, rerun } }).caches;
  };
  const [first, second] = [cleanly(), cleanly()];
  expect(first.setAside).toContain("without the caches");
  expect([await first.find("k"), await first.has("k"), await first.nearest("k")]).toEqual([
    undefined,
    false,
    undefined,
  ]);

  expect(await first.save("k", [], bytes("good"))).toMatchObject({ outcome: "saved" });
  expect(await second.save("k", [], bytes("late"))).toMatchObject({ outcome: "exists" });
  expect(await read(await second.find("k"))).toBe("good");
  expect(await read(await on("dev").find("k"))).toBe("good");
  expect(await read(await on("main").find("k"))).toBe("of main");
  expect(on("dev").setAside).toBeUndefined();
});

test("a corrupt cache is a miss, is set aside, and its key may be saved again (REL-20)", async () => {
  const caches = on("main");
  await caches.save("k", [], bytes("what was saved"));
  const folder = join(kit.services.settings.dataDir, "blobs");
  const shard = readdirSync(folder).find((name) => /^..$/.test(name))!;
  writeFileSync(join(folder, shard, readdirSync(join(folder, shard))[0]!), "something else");

  expect(await caches.find("k")).toBeUndefined();
  expect(await caches.save("k", [], bytes("again"))).toMatchObject({ outcome: "saved" });
  expect(await read(await caches.find("k"))).toBe("again");
});

test("the nearest cache is the one that shares the longest beginning", async () => {
  const caches = on("main");
  await caches.save("npm-linux-abc", [{ label: "", value: "npm-" }], bytes("1"));
  await caches.save("pip-linux-abc", [], bytes("2"));
  expect(await caches.nearest("npm-linux-abd")).toMatchObject({
    key: "npm-linux-abc",
    parts: [{ label: "", value: "npm-" }],
  });
  expect(await caches.nearest("zzz")).toBeUndefined();
});

test("caches over their time go, then the least recently used beyond the limit, and their blobs (R-CACHE-10)", async () => {
  await kit.close();
  kit = testServices({ env: { FMG_CACHE_MAX_GB: "0" } });
  const { services } = kit;
  await on("main").save("k", [], bytes("x"));
  await sweepBlobs(services);
  expect(await on("main").find("k")).toBeUndefined();
  kit.advanceTime(Date.now() + 7 * 3_600_000);
  await sweepBlobs(services);
  const left: string[] = [];
  for await (const { digest } of services.blobs.list()) left.push(digest);
  expect(left).toEqual([]);
});

test("times come of the job's last success, on its branch or else the default one, the same for all its nodes (R-SPLIT-2, R-SPLIT-3)", async () => {
  const result = { classname: "c", file: "f", result: "success", message: null } as const;
  const [earlier, slow] = [aContext(), aContext()];
  await jobStores(kit.services, earlier).tests.record(1, [
    { ...result, name: "a", durationMs: 100 },
    { ...result, name: "b", durationMs: 50 },
  ]);
  await jobStores(kit.services, slow).tests.record(1, [{ ...result, name: "a", durationMs: 9 }]);
  expect(await jobStores(kit.services, aContext()).tests.timings()).toEqual([]);

  kit.advanceTime(1000);
  succeed(earlier);
  kit.advanceTime(1000);
  const asking = jobStores(kit.services, aContext({ branch: "feature" })).tests;
  const seen = await asking.timings();
  // Ends between the starts of two nodes: the second must not share out by other times than the first.
  succeed(slow);

  expect(seen).toEqual([
    { kind: "file", name: "f", durationMs: 150 },
    { kind: "classname", name: "c", durationMs: 150 },
    { kind: "name", name: "a", durationMs: 100 },
    { kind: "name", name: "b", durationMs: 50 },
  ]);
  expect(await asking.timings()).toEqual(seen);
  expect(await jobStores(kit.services, earlier).tests.timings()).toEqual([]);
});

test("a test that went otherwise on the same commit is flaky; failures stand first (R-TEST-3)", async () => {
  const result = { classname: "c", file: "f", durationMs: 1, message: null } as const;
  const [one, two] = [aContext(), aContext()];
  await jobStores(kit.services, one).tests.record(1, [{ ...result, name: "a", result: "failure" }]);
  const { tests } = jobStores(kit.services, two);
  const again = [
    { ...result, name: "a", result: "success" },
    { ...result, name: "b", result: "failure", message: "no" },
  ] as const;
  await tests.record(1, again);
  await tests.record(1, again);

  const listed = listTests(kit.services.db, two.job.id, { limit: 10, skip: 0, only: null });
  expect(listed.map(({ name, flaky }) => [name, flaky])).toEqual([
    ["b", false],
    ["a", true],
  ]);
  expect(listTests(kit.services.db, two.job.id, { limit: 10, skip: 0, only: "failure" })).toMatchObject([
    { name: "b", message: "no" },
  ]);
  expect(countTests(kit.services.db, two.job.id)).toEqual({ success: 1, failure: 1, skipped: 0 });
});

test("results by the thousand are stored whole, also when the step is done anew", async () => {
  const context = aContext();
  const many = Array.from({ length: 4001 }, (_, n) => {
    return {
      name: `t${n}`,
      classname: "",
      file: "",
      durationMs: 1,
      result: "success",
      message: null,
    } as const;
  });
  const { tests } = jobStores(kit.services, context);
  await tests.record(1, many);
  await tests.record(1, many);
  await tests.record(2, many.slice(0, 1));
  expect(countTests(kit.services.db, context.job.id)).toEqual({ success: 4002, failure: 0, skipped: 0 });
});

test("what fails in one job of a commit and passes in another is not flaky, and all of it is the test's history (R-TEST-3)", async () => {
  const result = { name: "a", classname: "c", file: "f", durationMs: 1, message: null } as const;
  const [one, other] = [aContext(), aContext({}, "b")];
  await jobStores(kit.services, one).tests.record(1, [{ ...result, result: "failure", message: "no" }]);
  await jobStores(kit.services, other).tests.record(1, [
    { ...result, result: "success" },
    { ...result, classname: "another", result: "success" },
  ]);

  const { db } = kit.services;
  const [listed] = listTests(db, one.job.id, { limit: 10, skip: 0, only: null });
  expect(listed).toMatchObject({ result: "failure", flaky: false });
  const history = testHistory(db, listed!.id, { before: Number.MAX_SAFE_INTEGER, limit: 10 })!;
  expect(history).toMatchObject([
    { result: "success", job: "b", jobId: other.job.id, pipelineId: other.pipeline.id, branch: "main" },
    { result: "failure", job: "a", message: "no", sha: "a".repeat(40) },
  ]);
  expect(testHistory(db, listed!.id, { before: history[0]!.id, limit: 10 })).toEqual(history.slice(1));
  expect(testHistory(db, 999, { before: 999, limit: 10 })).toBeUndefined();
});

test("a rerun of the failed jobs sees the layers of those that are not run again; another workflow of the pipeline does not (R-WS-1, R-WS-8)", async () => {
  const { services } = kit;
  const plan = aWorkflow(aJob("a"), aJob("b", { needs: ["a"] }));
  const { workflowIds } = aStoredPipeline(services, plan, plan, plan);
  const [first = 0, rerun = 0, other = 0] = workflowIds;
  const file = new Database(join(services.settings.dataDir, "fmg.db"));
  file.prepare("update workflows set rerun_of = ? where id = ?").run(first, rerun);
  // As a rerun stores a job that does not run again: it stands for the one that has.
  const carry = `update jobs set carried_from = (select id from jobs where workflow_id = ? and name = 'a')
    where workflow_id = ? and name = 'a'`;
  file.prepare(carry).run(first, rerun);
  file.close();
  const contextOf = (workflowId: number, name: string): AttemptContext => {
    advanceWorkflow(services, workflowId);
    const found = loadWorkflow(services.db, workflowId).jobs.find(({ job }) => job.name === name)!;
    if (found.attempts.length > 0) return attemptContext(services.db, found.attempts[0]!.id);
    moveJob(services.db, found.job.id, "blocked", { status: "queued", at: services.now() });
    const of = { nodeTotal: 1, now: services.now(), label: "default" };
    return attemptContext(services.db, createAttempts(services.db, found.job.id, of)[0]!);
  };
  const layersOf = async (workflowId: number) => {
    const seen = await jobStores(services, contextOf(workflowId, "b")).workspace.layers();
    return seen.kind === "layers" ? seen.layers.map(({ job }) => job) : seen;
  };

  const persisting = contextOf(first, "a");
  await jobStores(services, persisting).workspace.persist(1, bytes("layer"), () => ["f"]);

  expect(persisting.workspaceUuid).toBe(persisting.workflow.uuid);
  expect(contextOf(rerun, "b").workspaceUuid).toBe(persisting.workflow.uuid);
  expect(await layersOf(first)).toEqual(["a"]);
  expect(await layersOf(rerun)).toEqual(["a"]);
  expect(await layersOf(other)).toEqual([]);
});

function succeed({ job }: AttemptContext): void {
  const { db, now } = kit.services;
  moveJob(db, job.id, "queued", { status: "running", at: now() });
  moveJob(db, job.id, "running", { status: "success", at: now() });
}
