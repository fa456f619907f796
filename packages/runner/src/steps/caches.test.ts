import { describe, expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import type { CacheKeyPart, CacheKeyTemplate, RestoreCacheStepPlan, SaveCacheStepPlan } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../../test/plans.ts";
import { secretValue, useRealDocker } from "../../test/real-docker.ts";
import { memoryStores } from "../testing/memory-stores.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ sh: {}, builder: { bash: true, user: "builder" } });

const lockfile: CacheKeyPart = { kind: "checksum", path: "lock" };

function aKey(...parts: CacheKeyPart[]): CacheKeyTemplate {
  return { text: "npm-{{ … }}", parts: [{ kind: "text", text: "npm-" }, ...parts] };
}

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
}

function aSave(key: CacheKeyTemplate, ...paths: string[]): SaveCacheStepPlan {
  return { kind: "save-cache", name: "save", when: "on_success", range: somewhere, key, paths };
}

function aRestore(...keys: CacheKeyTemplate[]): RestoreCacheStepPlan {
  return { kind: "restore-cache", name: "restore", when: "on_success", range: somewhere, keys };
}

describe("a cache", () => {
  test("is saved once and restored by another job to where it was, with modes, links and owners (R-CACHE-3, R-CACHE-6, R-CACHE-8)", async () => {
    const stores = memoryStores();
    const saving = aJobPlan(docker.image("sh"), [
      aRun(
        "echo v1 >lock; mkdir -p ~/deps/empty /opt/tool; echo one >~/deps/a; chmod 750 ~/deps/a; ln -s a ~/deps/link; echo t >/opt/tool/t",
      ),
      aSave(aKey(lockfile), "~/deps", "/opt/tool/t", "gone"),
      aSave(aKey(lockfile), "lock"),
    ]);
    const restoring = aJobPlan(docker.image("sh"), [
      aRun("echo v1 >lock; mkdir -p ~/deps; echo mine >~/deps/other"),
      aRestore(aKey(lockfile)),
      aRun("cat ~/deps/link ~/deps/other /opt/tool/t; stat -c %a ~/deps/a; ls -d ~/deps/empty"),
    ]);

    const saved = await docker.run(docker.input(saving, { stores }));
    const restored = await docker.run(docker.input(restoring, { stores }));

    expect(saved.outcome).toEqual({ status: "success" });
    expect(saved.log(2)).toMatch(
      /Warning: \/root\/project\/gone does not exist[^]*Stored cache to npm-.*=: .* stored/,
    );
    expect(saved.log(3)).toMatch(/^Skipping cache generation, cache already exists for key: npm-/);
    expect(restored.outcome).toEqual({ status: "success" });
    expect(restored.log(2)).toMatch(
      /^Found a cache at npm-.*\(.*, saved less than a minute ago\)\nCache restored: /,
    );
    expect(restored.log(3)).toBe("one\nmine\nt\n750\n/root/deps/empty\n");
  });

  test("that is there and set aside is told as that, and not as one that differs", async () => {
    const stores = memoryStores();
    await stores.caches.save("old", [], bytes());
    const setAside = "this rerun does without them";
    const caches = { ...stores.caches, setAside, find: async () => undefined };
    const restoring = aJobPlan(docker.image("sh"), [aRestore(aKey())]);

    const { log, recorded } = await docker.run(docker.input(restoring, { stores: { ...stores, caches } }));

    expect(log(1)).toBe("No cache is found for key: npm-\n  This rerun does without them.\n");
    expect(recorded.progress.get(1)).toMatchObject({
      reason: "cache_missed",
      message: `no cache for key npm-: ${setAside}`,
    });
  });

  test("that is missed is told key by key, with what the nearest one differs in; the next key is a prefix (R-CACHE-4, R-CACHE-5)", async () => {
    const stores = memoryStores();
    const branch: CacheKeyPart = { kind: "value", name: "Branch" };
    const dash: CacheKeyPart = { kind: "text", text: "-" };
    const key = aKey(branch, dash, lockfile);
    const saving = aJobPlan(docker.image("sh"), [aRun("echo v1 >lock; echo kept >file"), aSave(key, "file")]);
    const restoring = aJobPlan(docker.image("sh"), [
      aRun("echo v2 >lock"),
      aRestore(key, aKey(branch)),
      aRun("cat file"),
      aRestore(key),
    ]);
    const builtins = [{ name: "CIRCLE_BRANCH", value: "main" }];

    await docker.run(docker.input(saving, { stores, builtins }));
    const { log, recorded } = await docker.run(docker.input(restoring, { stores, builtins }));

    // What `fmg why` and `fmg diff` tell of it stands beside the steps.
    expect(recorded.progress.get(2)?.message).toMatch(/^restored npm-main-/);
    expect(recorded.progress.get(4)).toMatchObject({
      status: "success",
      reason: "cache_missed",
      message: expect.stringMatching(
        /^no cache for key npm-main-.*, and of the nearest, npm-.*, "lock" has changed$/,
      ),
    });
    expect(log(2)).toMatch(
      /^No cache is found for key: npm-main-.*=\n {2}The nearest is npm-main-.*=: "lock" has changed\.\nFound a cache at npm-main-/,
    );
    expect(log(3)).toBe("kept\n");
  });

  test("belongs to the user of the steps that restore it (R-CACHE-8)", async () => {
    const stores = memoryStores();
    const key = aKey();
    await docker.run(
      docker.input(
        aJobPlan(docker.image("sh"), [aRun("mkdir -p /data/d; echo x >/data/d/f"), aSave(key, "/data/d")]),
        {
          stores,
        },
      ),
    );
    const restoring = aJobPlan(docker.image("builder"), [
      aRestore(key),
      aRun("stat -c %u /data/d /data/d/f; echo more >>/data/d/f"),
    ]);
    const { outcome, log } = await docker.run(docker.input(restoring, { stores }));
    expect(outcome).toEqual({ status: "success" });
    expect(log(2)).toBe("1000\n1000\n");
  });

  test("that was saved earlier in the same job is restored in it; the machine's architecture is in a key only where it is asked for (R-CACHE-11, R-CACHE-13)", async () => {
    const stores = memoryStores();
    const arch: CacheKeyPart = { kind: "value", name: "arch" };
    const plan = aJobPlan(docker.image("sh"), [
      aRun("echo kept >file"),
      aSave(aKey(), "file"),
      aSave(aKey(arch), "file"),
      aRun("rm file"),
      aRestore(aKey()),
      aRun("cat file"),
    ]);

    const { outcome, log } = await docker.run(docker.input(plan, { stores }));

    expect(outcome).toEqual({ status: "success" });
    expect(log(6)).toBe("kept\n");
    expect([...stores.kept.caches.keys()]).toEqual([
      "npm-",
      expect.stringMatching(/^npm-linux-(amd|arm)64$/),
    ]);
  });

  test("whose key has a secret matches by it, and neither a store nor a log has its value (R-ENV-5, SEC-6)", async () => {
    const stores = memoryStores();
    const token: CacheKeyPart = { kind: "environment", name: "TOKEN" };
    const version: CacheKeyPart = { kind: "environment", name: "VERSION" };
    const key = aKey(version, token);
    const run = (value: string, ...steps: (SaveCacheStepPlan | RestoreCacheStepPlan)[]) => {
      const secrets = Object.entries({ TOKEN: value, VERSION: "v1-" }).map(([name, text]) => {
        return { name, value: new Secret(text) };
      });
      const plan = aJobPlan(docker.image("sh"), [aRun("echo x >file"), ...steps]);
      return docker.run(docker.input(plan, { stores, secrets }));
    };

    const saved = await run(secretValue, aSave(key, "file"), aRestore(key));
    const other = await run("another-value", aRestore(key));

    const nearest = await stores.caches.nearest("npm-");
    expect(saved.log(3)).toMatch(/^Found a cache at npm-v1-[\w-]{16} /);
    expect(other.log(2)).toMatch(
      /^No cache is found for key: .*\n {2}The nearest is .*: \.Environment\.TOKEN has changed\.\n$/,
    );
    expect(JSON.stringify([nearest, saved.log(2), saved.log(3), other.log(2)])).not.toMatch(/s3cret|another/);
  });

  test.each([
    ["a file that is missing", aKey(lockfile), /error computing cache key: .*\/lock: no such file/],
    ["more than 900 characters", aKey({ kind: "text", text: "k".repeat(900) }), /has 904 characters; 900/],
  ])("whose key has %s fails its step (R-CACHE-2, R-CACHE-12)", async (_what, key, message) => {
    const plan = aJobPlan(docker.image("sh"), [aRestore(key)]);
    const { outcome } = await docker.run(docker.input(plan));
    expect(outcome).toMatchObject({ status: "failure", message: expect.stringMatching(message) });
  });

  test("whose paths are all missing is not saved, and takes no key (R-CACHE-6)", async () => {
    const stores = memoryStores();
    const plan = aJobPlan(docker.image("sh"), [aSave(aKey(), "nothing")]);
    const { outcome, log } = await docker.run(docker.input(plan, { stores }));
    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toContain("None of the paths exists: no cache is saved.");
    expect(stores.kept.caches.size).toBe(0);
  });
});
