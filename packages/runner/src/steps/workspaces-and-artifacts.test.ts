import { describe, expect, jest, test } from "@jest/globals";
import type { AttachWorkspaceStepPlan, PersistToWorkspaceStepPlan, StoreArtifactsStepPlan } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../../test/plans.ts";
import { useRealDocker } from "../../test/real-docker.ts";
import { memoryStores } from "../testing/memory-stores.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ sh: {}, builder: { bash: true, user: "builder" } });

const base = { when: "on_success", range: somewhere } as const;

function aPersist(root: string, ...paths: string[]): PersistToWorkspaceStepPlan {
  return { ...base, kind: "persist-to-workspace", name: "persist", root, paths };
}

function anAttach(at: string): AttachWorkspaceStepPlan {
  return { ...base, kind: "attach-workspace", name: "attach", at };
}

function aStore(path: string, destination?: string): StoreArtifactsStepPlan {
  return {
    ...base,
    kind: "store-artifacts",
    name: "store",
    path,
    ...(destination === undefined ? {} : { destination }),
  };
}

describe("a workspace", () => {
  test("takes what matches, and is laid over what is there, as the user of the steps (R-WS-2, R-WS-6, R-WS-9)", async () => {
    const stores = memoryStores();
    const making = aJobPlan(docker.image("sh"), [
      aRun(
        "mkdir -p out/dir/deep out/sub/empty; cd out; echo a >a.txt; echo b >b.md; echo c >dir/deep/c; echo d >sub/d.txt; ln -s a.txt link; chmod 755 a.txt; echo h >.hidden",
      ),
      aPersist("out", "*.txt", "dir", "sub/empty", "link", "nothing*"),
    ]);
    const using = aJobPlan(docker.image("builder"), [
      aRun("mkdir -p at; echo old >at/a.txt; echo mine >at/mine"),
      anAttach("at"),
      aRun("cd at; find . | sort; cat link mine; stat -c '%u %a' a.txt; echo more >>dir/deep/c"),
    ]);

    const made = await docker.run(docker.input(making, { stores }));
    const used = await docker.run(docker.input(using, { stores }));

    expect(made.outcome).toEqual({ status: "success" });
    expect(made.log(2)).toMatch(/Warning: nothing\* did not match any files in \/root\/project\/out/);
    expect(stores.kept.layers[0]?.paths).toEqual(expect.arrayContaining(["a.txt", "dir/deep/c", "link"]));
    expect(used.outcome).toEqual({ status: "success" });
    expect(used.log(3)).toBe(
      ".\n./a.txt\n./dir\n./dir/deep\n./dir/deep/c\n./link\n./mine\n./sub\n./sub/empty\na\nmine\n1000 755\n",
    );
  });

  test.each([
    ["a root that is missing", aPersist("no-such-root", "x"), /The root .*no-such-root does not exist/],
    ["paths that match nothing", aPersist("/tmp", "x*"), /did not match any files in \/tmp/],
  ])("of %s fails its step, and leaves no layer (R-WS-2, R-WS-3)", async (_what, step, message) => {
    const stores = memoryStores();
    const { outcome } = await docker.run(docker.input(aJobPlan(docker.image("sh"), [step]), { stores }));
    expect(outcome).toMatchObject({ status: "failure", message: expect.stringMatching(message) });
    expect(stores.kept.layers).toEqual([]);
  });

  test("that nobody persisted to is empty, and whose files two jobs fight over is refused (R-WS-5, R-WS-7)", async () => {
    const stores = memoryStores();
    const plan = aJobPlan(docker.image("sh"), [anAttach("at")]);
    const empty = await docker.run(docker.input(plan, { stores }));
    const workspace = {
      ...stores.workspace,
      layers: async () => ({ kind: "conflict", paths: ["x", "y"] }) as const,
    };
    const refused = await docker.run(docker.input(plan, { stores: { ...stores, workspace } }));

    expect(empty.log(1)).toContain("The workspace is empty");
    expect(refused.outcome).toMatchObject({
      status: "failure",
      message: expect.stringContaining(
        "Concurrent upstream jobs persisted the same file(s) into the workspace:\n  - x\n  - y",
      ),
    });
  });
});

describe("artifacts", () => {
  test("are files, each under its destination or its own path; links to files are followed (R-ART-1, R-ART-2, R-ART-4)", async () => {
    const stores = memoryStores();
    const plan = aJobPlan(docker.image("sh"), [
      aRun(
        "mkdir -p r/sub ~/h; echo 1 >r/one; echo 2 >r/sub/two; ln -s one r/link; ln -s gone r/broken; echo 3 >~/h/three; : >r/empty",
      ),
      aStore("r"),
      aStore("r", "/reports/"),
      aStore("r/one", "one.txt"),
      aStore("~/h"),
      aStore("missing"),
    ]);

    const { outcome, log } = await docker.run(docker.input(plan, { stores }));

    expect(outcome).toEqual({ status: "success" });
    const kept = Object.fromEntries(
      [...stores.kept.artifacts].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
    );
    expect(kept).toEqual({
      "r/one": "1\n",
      "r/sub/two": "2\n",
      "r/link": "1\n",
      "r/empty": "",
      "reports/one": "1\n",
      "reports/sub/two": "2\n",
      "reports/link": "1\n",
      "reports/empty": "",
      "one.txt": "1\n",
      "h/three": "3\n",
    });
    expect(log(2)).toMatch(/Stored 4 artifacts, /);
    expect(log(6)).toContain("No artifact files found at /root/project/missing");
  });

  test("of a job have a limit together: what is beyond is left out and told, and a name shows no secret (SEC-6)", async () => {
    const stores = memoryStores([], 1000);
    const plan = aJobPlan(docker.image("sh"), [
      aRun(
        'mkdir r; head -c 600 /dev/zero >"r/a-$TOKEN"; head -c 600 /dev/zero >r/b; head -c 300 /dev/zero >r/c',
      ),
      aStore("r"),
      aStore("r/b", "again"),
    ]);

    const { outcome, log } = await docker.run(docker.input(plan, { stores }));

    expect(outcome).toEqual({ status: "success" });
    const kept = [...stores.kept.artifacts].map(([path, { length }]) => `${path} ${length}`);
    const why = "(600 B) is more than the 1.0 KB that the artifacts of a job may have, and is left out.";
    // The daemon's tar has its own order.
    expect(kept.sort()).toEqual([expect.stringMatching(/^r\/(a-\*{4}|b) 600$/), "r/c 300"]);
    expect(log(2)).toContain(why);
    expect(log(2)).toMatch(/Stored 2 artifacts, .*; 1 left out\n$/);
    expect(log(3)).toContain(`Warning: again ${why}`);
  });

  test("may have any name that is no way out, and only files are kept; a sparse terabyte is refused at once (SEC-14, SEC-15)", async () => {
    const stores = memoryStores();
    const plan = aJobPlan(docker.image("sh"), [
      aRun(
        [
          "mkdir -p r/sub s; cd r; for name in '..\\up' '%2e%2e%2fup' CON '\u202egnp.exe' '․․' 'a b'; do echo x >\"$name\"; done",
          ": >\"$(printf 'a\\377b')\"; mkfifo fifo; echo 5 >setuid; chmod 4755 setuid; ln setuid hard",
          "ln -s /etc/passwd passwd; ln -s ../../../../etc/group sub/group; ln -s / sub/root; truncate -s 1024G ../s/sparse",
        ].join("\n"),
      ),
      aStore("r"),
      aStore("s"),
    ]);

    const { outcome, log } = await docker.run(docker.input(plan, { stores }));

    const names = [
      "%2e%2e%2fup",
      "..\\up",
      "CON",
      "\u202egnp.exe",
      "․․",
      "a b",
      "a\ufffdb",
      "hard",
      "passwd",
      "setuid",
      "sub/group",
    ];
    expect([...stores.kept.artifacts.keys()].sort()).toEqual(names.map((name) => `r/${name}`).sort());
    expect(Buffer.from(stores.kept.artifacts.get("r/passwd")!).toString()).toMatch(
      /^root:x:0:0:root:\/root:\/bin\/sh\n/,
    );
    expect(outcome).toMatchObject({
      status: "failure",
      message: expect.stringContaining('"s/sparse" it is'),
    });
    expect(log(3)).toContain("The files cannot be taken: ");
  });

  test("with a name that cannot be kept fail their step (SEC-15)", async () => {
    const plan = aJobPlan(docker.image("sh"), [aRun("mkdir r; : >\"r/$(printf 'a\\tb')\""), aStore("r")]);
    const { outcome } = await docker.run(docker.input(plan));
    expect(outcome).toMatchObject({ status: "failure", message: expect.stringContaining("cannot be kept") });
  });
});
