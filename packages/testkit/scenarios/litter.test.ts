import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Job } from "@fmg/client";
import Database from "better-sqlite3";
import Docker from "dockerode";
import { Redis } from "ioredis";
import { awaitState } from "../src/await-state.ts";
import { startStack, type Stack } from "../src/stack.ts";

const long = process.env["FMG_LONG"] === "1";
/** Pipelines of ten jobs each: of ten runs two are canceled, one loses its orchestrator, one runs out of memory. */
const PIPELINES = long ? 50 : 4;

const docker = new Docker();
const image = `fmg-test/litter-${randomBytes(4).toString("hex")}`;

let folder: string;
let stack: Stack;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-litter-"));
  const classes = join(folder, "classes.json");
  await writeFile(classes, '{"default": "tiny", "classes": {"tiny": {"cpus": 0.5, "memory": "64m"}}}');
  stack = await startStack({
    redis: "own",
    env: { FMG_CONCURRENCY: "4", FMG_HEALTH_PORT: "0", FMG_RESOURCE_CLASSES_FILE: classes },
  });
  await makeImageWithVolume();
}, 60_000);
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true });
  await docker.getImage(image).remove({ force: true });
}, 120_000);

/** busybox that says it keeps something in a volume: each of its containers gets one without a name or a label. */
async function makeImageWithVolume(): Promise<void> {
  const container = await docker.createContainer({ Image: "fmg-test/busybox:local" });
  await container.commit({ repo: image, changes: "VOLUME /keep" });
  await container.remove();
}

const waits = "echo waiting; sleep 120";
const commands: Readonly<Record<string, string>> = {
  "canceled-1": waits,
  "canceled-2": waits,
  killed: "sleep 3; echo survived",
  "out-of-memory": "head -c 200m /dev/zero | tail",
  ...Object.fromEntries(["1", "2", "3", "4", "5", "6"].map((n) => [`plain-${n}`, "echo x >/keep/file"])),
};

function config(): string {
  const names = Object.keys(commands);
  const jobs = names.map(
    (name) => `  ${name}:
    docker:
      - image: ${image}
    steps:
      - run: ${commands[name]}
`,
  );
  return `version: 2.1\njobs:\n${jobs.join("")}workflows:\n  main:\n    jobs: [${names.join(", ")}]\n`;
}

/** The volumes of this stack's containers that nobody named. */
async function anonymousVolumes(): Promise<string[]> {
  const filters = { label: [`fmg.instance=${stack.instance}`] };
  const containers = await docker.listContainers({ all: true, filters });
  return containers.flatMap(({ Mounts }) =>
    Mounts.flatMap(({ Type, Name }) =>
      Type === "volume" && /^[0-9a-f]{64}$/.test(Name ?? "") ? [Name ?? ""] : [],
    ),
  );
}

/** Cancels as the API will: a wish on the row, and a word to who listens. */
async function cancel(attemptId: number, pipelineId: number): Promise<void> {
  const db = new Database(join(stack.dataDir, "fmg.db"), { timeout: 5000 });
  db.prepare("update attempts set cancel_requested_at = 1 where id = ? and finished_at is null").run(
    attemptId,
  );
  db.close();
  const redis = new Redis(stack.redis!.socket);
  await redis.publish("fmg:live", JSON.stringify({ pipelineId, kind: "cancel" }));
  redis.disconnect();
}

async function temporaryFiles(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true });
  return all.filter((name) => /(^|[./-])te?mp([./-]|$)/.test(name) && !name.startsWith("redis/"));
}

async function leaksMetric(): Promise<string | undefined> {
  const metrics = await (await fetch(`${stack.orchestrator.url}/metrics`)).text();
  return /^fmg_leaks (\d+)$/m.exec(metrics)?.[1];
}

/** Why it ended; FMG's own failure with what was told of it. */
function outcomeOf({ status, reason, message }: Job): string {
  return reason === "internal" ? `internal: ${message}` : (reason ?? status);
}

test(
  `${PIPELINES * 10} runs, of which some are canceled, killed or out of memory, leave nothing behind (REL-21)`,
  async () => {
    const seen = new Set<string>();
    const ended: Record<string, string>[] = [];

    for (let n = 0; n < PIPELINES; n++) {
      const files = { ".circleci/config.yml": config(), n: String(n) };
      const { pipelineId } = await stack.push("octo/litter", { files });
      let killed = false;
      const jobs = await awaitState({
        what: `all jobs of pipeline ${pipelineId} to end`,
        read: async () => {
          const found: readonly Job[] = await stack.jobs(pipelineId);
          for (const { name, status, attempts } of found) {
            if (status !== "running") continue;
            if (name.startsWith("canceled")) await cancel(attempts[0]!.id, pipelineId);
            if (name !== "killed" || killed) continue;
            for (const volume of await anonymousVolumes()) seen.add(volume);
            await stack.killOrchestrator();
            await stack.startOrchestrator();
            killed = true;
          }
          return found;
        },
        judge: (found) =>
          found.length > 0 && found.every(({ finishedAt }) => finishedAt !== null) ? "reached" : "waiting",
        deadlineMs: 120_000,
        everyMs: 200,
      });
      ended.push(Object.fromEntries(jobs.map((job) => [job.name, outcomeOf(job)])));
    }

    for (const outcomes of ended) {
      expect(outcomes).toEqual({
        ...Object.fromEntries(Object.keys(commands).map((name) => [name, "success"])),
        "canceled-1": "by_user",
        "canceled-2": "by_user",
        "out-of-memory": "oom_killed",
      });
    }
    await awaitState({
      what: "everything to be removed",
      read: () => stack.leftovers(),
      judge: (left) => (left.length === 0 ? "reached" : "waiting"),
      deadlineMs: 60_000,
    });
    expect(seen.size).toBeGreaterThan(0);
    const { Volumes } = await docker.listVolumes();
    expect(Volumes.filter(({ Name }) => seen.has(Name))).toEqual([]);
    expect(await temporaryFiles(stack.dataDir)).toEqual([]);
    expect(await leaksMetric()).toBe("0");
  },
  PIPELINES * 60_000 + 120_000,
);
