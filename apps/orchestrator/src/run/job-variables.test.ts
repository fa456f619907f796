import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { Secret, type Trust } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import {
  attemptContext,
  beginRotation,
  createContext,
  findProject,
  getAttempt,
  jobWithWorkflow,
  keyState,
  listAudit,
  loadWorkflow,
  restrictContext,
  setTrust,
  setVariable,
  storeRerun,
  type ContextRow,
  type RestrictionKind,
} from "@fmg/db";
import { dropAttemptVariables, frozenVariables } from "@fmg/db/unsealing";
import { fakeEngine } from "@fmg/runner/testing";
import { advanceWorkflow } from "../advance/advance-workflow.ts";
import { goOnWithRotation } from "../sweep/rotate-key.ts";
import { aStoredPipeline, testServices, type TestServices } from "../testing/test-services.ts";
import { contextsFor } from "./context-access.ts";
import { createLeases } from "./leases.ts";
import { jobInput, runAttempt } from "./run-attempt.ts";
import { createScribe } from "./scribe.ts";

const by = { tokenId: null, tokenName: "ada", ip: null, at: 1 };
let kit: TestServices;
afterEach(() => kit.close());

/** A queued attempt of a job that asks for these contexts. */
function aQueuedAttempt(contexts: readonly string[], env: Record<string, string> = {}, trust: Trust = "own") {
  kit = testServices({ engine: fakeEngine(), env });
  const { services } = kit;
  const { workflowIds, pipelineId } = aStoredPipeline(services, aWorkflow(aJob("deploy", { contexts })));
  setTrust(services.db, pipelineId, trust);
  advanceWorkflow(services, workflowIds[0]!);
  const attemptId = loadWorkflow(services.db, workflowIds[0]!).jobs[0]!.attempts[0]!.id;
  return { attemptId, workflowId: workflowIds[0]! };
}

function context(name: string, variables: Record<string, string> = {}): ContextRow {
  const { db, settings } = kit.services;
  const row = createContext(db, name, by) as ContextRow;
  for (const [variable, value] of Object.entries(variables)) {
    const owner = { kind: "context", row } as const;
    setVariable(db, settings.encryptionKey, owner, { name: variable, value: new Secret(value) }, by);
  }
  return row;
}

function projectVariable(name: string, value: string): void {
  const { db, settings } = kit.services;
  const row = findProject(db, { owner: "Octo", name: "REPO" })!;
  setVariable(db, settings.encryptionKey, { kind: "project", row }, { name, value: new Secret(value) }, by);
}

/** Carries the attempt out; the fake engine has no image, so what starts ends as `image_pull_failed`. */
async function run({ attemptId, workflowId }: ReturnType<typeof aQueuedAttempt>) {
  const { services } = kit;
  const leases = createLeases(services);
  const scribe = createScribe(services);
  await runAttempt({ services, leases, scribe }, attemptId);
  leases.close();
  scribe.close();
  advanceWorkflow(services, workflowId);
  const attempt = getAttempt(services.db, attemptId)!;
  const { job } = jobWithWorkflow(services.db, attempt.jobId);
  const uses = listAudit(services.db, { limit: 100 }).filter(({ tokenName }) => tokenName === null);
  return { attempt, job, uses: uses.map(({ action, target, detail }) => ({ action, target, detail })) };
}

const given = (attemptId: number) =>
  jobInput(kit.services, attemptContext(kit.services.db, attemptId), 1).secrets.map(
    ({ name, value }) => `${name}=${value.reveal()}`,
  );

test("a context's variables are stronger than the project's, those than the file's, a later context's than an earlier one's, and each use is noted (R-ENV-1, SEC-24)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fmg-secrets-"));
  const file = join(folder, "secrets.env");
  writeFileSync(file, "A=file\nB=file\nC=file\nD=file", { mode: 0o600 });
  const queued = aQueuedAttempt(["first", "org-global", "empty", "second"], { FMG_SECRETS_FILE: file });
  for (const name of ["B", "C", "D"]) projectVariable(name, "project");
  context("first", { C: "first", D: "first" });
  context("second", { D: "second" });
  context("empty");
  context("not asked for", { D: "other" });

  const { attempt, uses } = await run(queued);

  expect(attempt.reason).toBe("image_pull_failed");
  // Weakest first, as the runner takes them.
  expect(given(queued.attemptId).join(" ")).toBe(
    "A=file B=file C=file D=file B=project C=project D=project C=first D=first D=second",
  );
  const detail = `attempt ${attempt.id}: job deploy of pipeline 1, octo/repo branch main, by ada`;
  expect(uses).toEqual([
    { action: "variables.use", target: "context second", detail },
    { action: "variables.use", target: "context first", detail },
    { action: "variables.use", target: "project octo/repo", detail },
  ]);
  rmSync(folder, { recursive: true });
});

test("a running attempt keeps what it was given, sealed, through changes and a rotation, until its end", async () => {
  const queued = aQueuedAttempt(["deploy"]);
  const { db, settings, now } = kit.services;
  const row = context("deploy", { TOKEN: "the first value" });
  await run(queued);
  const owner = { kind: "context", row } as const;
  const changed = { name: "TOKEN", value: new Secret("the second value") };
  setVariable(db, settings.encryptionKey, owner, changed, by);
  const before = keyState(db, settings.encryptionKey);
  beginRotation(db, settings.encryptionKey, by);
  expect(keyState(db, settings.encryptionKey)).toMatchObject({ remaining: 2, older: [before.newest] });

  goOnWithRotation(kit.services);

  expect(keyState(db, settings.encryptionKey)).toMatchObject({ remaining: 0, older: [] });
  expect(given(queued.attemptId)).toEqual(["TOKEN=the first value"]);
  dropAttemptVariables(db, now());
  const ring = () => {
    throw new Error("nothing is left to open");
  };
  expect(frozenVariables(db, ring, queued.attemptId)).toBeUndefined();
});

test("a rerun is given the values of its own time, and its use is noted (R-RR-1)", async () => {
  const queued = aQueuedAttempt(["deploy"]);
  const { services } = kit;
  const { db, settings, now } = services;
  const row = context("deploy", { TOKEN: "the first value" });
  await run(queued);
  const changed = { name: "TOKEN", value: new Secret("the second value") };
  setVariable(db, settings.encryptionKey, { kind: "context", row }, changed, by);

  const asked = { by: "grace", statusTargetBase: "http://fmg.test", now: now() };
  const rerun = storeRerun(db, queued.workflowId, { from: "failed" }, asked);
  if (rerun.kind === "refused") throw new Error(rerun.message);
  advanceWorkflow(services, rerun.workflowId);
  const attemptId = loadWorkflow(db, rerun.workflowId).jobs[0]!.attempts[0]!.id;
  const { uses } = await run({ attemptId, workflowId: rerun.workflowId });

  expect(given(attemptId)).toEqual(["TOKEN=the second value"]);
  expect(uses[0]).toMatchObject({
    target: "context deploy",
    detail: expect.stringContaining(`attempt ${attemptId}: job deploy`),
  });
});

const octo = () => findProject(kit.services.db, { owner: "octo", name: "repo" })!.uuid;
const otherProject = "01900000-0000-7000-8000-000000000000";

describe("a job that names a restricted context (R-CTX-1, R-CTX-2)", () => {
  test.each<[string, () => [RestrictionKind, string][]]>([
    [
      "its project is one of them",
      () => [
        ["project", otherProject],
        ["project", octo()],
      ],
    ],
    [
      "its branch is named",
      () => [
        ["branch", "dev"],
        ["branch", "main"],
      ],
    ],
    [
      "its branch matches a pattern, and tags may use it too",
      () => [
        ["branch", "/ma.*/"],
        ["tag", "/v.*/"],
      ],
    ],
    [
      "all expressions hold",
      () => [
        ["expression", 'pipeline.git.branch == "main"'],
        ["expression", "not job.ssh.enabled"],
      ],
    ],
  ])("starts where %s", async (_, restrictions) => {
    const queued = aQueuedAttempt(["deploy"]);
    const row = context("deploy", { TOKEN: "value" });
    for (const [kind, value] of restrictions()) restrictContext(kit.services.db, row, { kind, value }, by);
    expect((await run(queued)).attempt.reason).toBe("image_pull_failed");
    expect(given(queued.attemptId)).toEqual(["TOKEN=value"]);
  });

  test.each<[string, [RestrictionKind, string][]]>([
    [
      `is for project ${otherProject}, and this is octo/repo`,
      [
        ["project", otherProject],
        ["branch", "main"],
      ],
    ],
    [
      "is for branch /release-.*/ or dev, and this is branch main",
      [
        ["branch", "dev"],
        ["branch", "/release-.*/"],
      ],
    ],
    ["is for tag /v.*/, and this is branch main", [["tag", "/v.*/"]]],
    [
      'is restricted by `pipeline.git.branch == "dev"`, which does not hold',
      [
        ["expression", "true"],
        ["expression", 'pipeline.git.branch == "dev"'],
      ],
    ],
    [
      'is restricted by `pipeline.nobody`, which cannot be decided: Referred to a variable "pipeline.nobody" that does not exist',
      [["expression", "pipeline.nobody"]],
    ],
  ])("ends as unauthorized, and is told why: %s", async (why, restrictions) => {
    const queued = aQueuedAttempt(["deploy"]);
    const row = context("deploy", { TOKEN: "value" });
    for (const [kind, value] of restrictions) restrictContext(kit.services.db, row, { kind, value }, by);

    const { attempt, job, uses } = await run(queued);

    const told = { status: "error", reason: "unauthorized", message: `The context "deploy" ${why}.` };
    expect(attempt).toMatchObject({ ...told, startedAt: null });
    expect(job).toMatchObject(told);
    expect(uses).toEqual([
      { action: "context.refuse", target: "context deploy", detail: expect.any(String) },
    ]);
    expect(given(queued.attemptId)).toEqual([]);
  });
});

test.each<[string, string, boolean]>([
  ["tag", "v1.2", true],
  ["tag", "v1.2-beta", false],
  ["branch", "v1.2", false],
  ["branch", "main", true],
  ["branch", "maintenance", false],
  ["tag", "main", false],
])("a context for branch main and tags /v[\\d.]+/ lets the %s %s in: %s (R-CTX-2)", (kind, name, isLetIn) => {
  const { attemptId } = aQueuedAttempt(["deploy"]);
  const { db } = kit.services;
  const row = context("deploy");
  restrictContext(db, row, { kind: "branch", value: "main" }, by);
  restrictContext(db, row, { kind: "tag", value: "/v[\\d.]+/" }, by);
  const attempt = attemptContext(db, attemptId);
  const event = { ...attempt.pipeline.event, ref: { kind: kind as "branch" | "tag", name } };

  const contexts = contextsFor(db, { ...attempt, pipeline: { ...attempt.pipeline, event } });

  expect("reason" in contexts ? contexts.reason : "let in").toBe(isLetIn ? "let in" : "unauthorized");
});

test("a job that names a context which is not there ends as an error that names it (R-CTX-1)", async () => {
  const { job } = await run(aQueuedAttempt(["gone"]));
  expect(job).toMatchObject({ status: "error", reason: "config_invalid" });
  expect(job.message).toBe('The context "gone" does not exist: fmg context create gone');
});

test("a fork's pipeline gets no variable, and no job of it with a context starts (R-TRG-4, SEC-7)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fmg-secrets-"));
  writeFileSync(join(folder, "s"), "A=file", { mode: 0o600 });
  const env = { FMG_SECRETS_FILE: join(folder, "s") };
  const without = aQueuedAttempt([], env, "fork");
  projectVariable("TOKEN", "of the project");
  expect((await run(without)).attempt.reason).toBe("image_pull_failed");
  expect(given(without.attemptId)).toEqual([]);
  await kit.close();

  const { attempt } = await run(aQueuedAttempt(["deploy"], env, "fork"));
  expect(attempt).toMatchObject({
    reason: "unauthorized",
    message: 'The context "deploy" is not given to pull requests of forks.',
  });
  rmSync(folder, { recursive: true });
});

test("a secret that cannot be opened ends the job as an error that names it, and tells no value", async () => {
  const queued = aQueuedAttempt(["deploy"]);
  context("deploy", { GOOD: "good-value", BAD: "bad-value" });
  const { encryptionKey } = kit.services.settings;
  if (encryptionKey.kind === "file") {
    rmSync(encryptionKey.file);
    writeFileSync(encryptionKey.file, Buffer.alloc(32, 1).toString("base64"), { mode: 0o600 });
  }
  const { job, uses } = await run(queued);
  expect(job).toMatchObject({ status: "error", reason: "internal" });
  expect(job.message).toMatch(/^BAD of context .* cannot be opened: its key .* is missing/);
  expect(uses).toEqual([]);
});
