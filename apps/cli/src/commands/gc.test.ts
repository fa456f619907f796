import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { connectDocker, ownerName } from "@fmg/runner";
import { leftovers, removeLeftovers } from "@fmg/testkit";

import { runFmg } from "../testing/run-fmg.ts";

// Each test starts processes and asks Docker, and a busy machine is slow.
jest.setTimeout(60_000);

const engine = connectDocker();
let cache: string;
let instances: string[];
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "fmg-gc-"));
  await mkdir(live(), { recursive: true });
  instances = [];
});
afterEach(async () => {
  for (const instance of instances) await removeLeftovers(instance);
  await rm(cache, { recursive: true });
});

const live = (): string => join(cache, "fmg", "run", "live");
const gc = (...more: string[]) => runFmg(["gc", ...more], { env: { XDG_CACHE_HOME: cache } });

/** A run with a volume in Docker, noted as `fmg run` does; a pid that no process can have is a dead one. */
async function aRun(owner: "dead" | "alive", isKept = false): Promise<string> {
  const instance = `local-${randomBytes(4).toString("hex")}`;
  instances.push(instance);
  const own = ownerName();
  const state = {
    instance,
    owner: owner === "alive" ? own : own.replace(/\/\d+\//, "/99999999/"),
    root: "/app",
    isKept,
  };
  await writeFile(join(live(), `${instance}.json`), JSON.stringify(state));
  const labels = { "fmg.instance": instance, "fmg.attempt": "1" };
  await engine.createVolume(`fmg-${instance}-a1`, labels, AbortSignal.timeout(30_000));
  return instance;
}

test("fmg gc --dry-run shows what killed and kept runs left, and removes nothing", async () => {
  const killed = await aRun("dead");
  const kept = await aRun("dead", true);
  const going = await aRun("alive");
  const { code, stdout } = await gc("--dry-run");
  expect(stdout.split("\n").toSorted()).toEqual(
    ["", ...[killed, kept].map((each) => `Would remove the volume fmg-${each}-a1 of /app`)].toSorted(),
  );
  expect(code).toBe(0);
  for (const each of [killed, kept, going]) expect(await leftovers(each)).toHaveLength(1);
});

test("fmg gc removes them, leaves a run alone that goes on, and then finds nothing", async () => {
  const killed = await aRun("dead");
  const going = await aRun("alive");
  const removed = await gc("--json");
  const again = await gc();
  expect(JSON.parse(removed.stdout)).toEqual({
    items: [{ kind: "volume", name: `fmg-${killed}-a1`, root: "/app", kept: false }],
    next: null,
    removed: true,
  });
  expect(await leftovers(killed)).toEqual([]);
  expect(await leftovers(going)).toHaveLength(1);
  expect(await readdir(live())).toEqual([`${going}.json`]);
  expect(again).toEqual({ code: 0, stdout: "", stderr: "No run left anything in Docker.\n" });
});
