import { describe, expect, jest, test } from "@jest/globals";
import type { StoreTestResultsStepPlan } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../../test/plans.ts";
import { secretValue, useRealDocker } from "../../test/real-docker.ts";
import { memoryStores } from "../testing/memory-stores.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ sh: {}, bash: { bash: true } });

function aStore(path: string): StoreTestResultsStepPlan {
  return { kind: "store-test-results", name: "store", when: "always", range: somewhere, path };
}

test("results are read from all XML files of a folder, masked; what cannot be read is told (R-TEST-1, R-TEST-2, R-TEST-4, SEC-6, SEC-23)", async () => {
  const stores = memoryStores();
  const plan = aJobPlan(docker.image("sh"), [
    aRun(
      [
        "mkdir -p r/sub r/.hidden r/cucumber",
        `echo '[{"name": "f", "elements": [{"name": "c", "steps": []}]}]' >r/cucumber/report.cucumber; cp r/cucumber/* r/`,
        'echo \'<testsuite><testcase name="a" time="1"/><testcase name="b"><failure>no</failure></testcase></testsuite>\' >r/one.xml',
        `echo "<testsuite><testcase name='knows $TOKEN' classname='$TOKEN'><failure>$TOKEN</failure></testcase></testsuite>" >r/sub/two.xml`,
        "echo '<testsuite' >r/broken.xml; echo x >r/notes.txt; cp r/one.xml r/.hidden/",
        // Refused at its first bytes, while most of it is still to come.
        "mkdir r/a; { echo '<!DOCTYPE x>'; head -c 3000000 /dev/zero; } >r/a/long.xml; cp r/one.xml r/a/z.xml",
        // Larger than any file that is read, and without a byte on the disk.
        "dd if=/dev/zero of=r/huge.xml bs=1 count=0 seek=100000000 2>/dev/null",
      ].join("\n"),
    ),
    aStore("r"),
    aStore("nothing"),
  ]);

  const { outcome, log } = await docker.run(docker.input(plan, { stores }));

  expect(outcome).toEqual({ status: "success" });
  expect(log(2)).toContain("Warning: r/broken.xml is no JUnit XML that can be read: ");
  expect(log(2)).toContain("Warning: r/a/long.xml is no JUnit XML that can be read: it has a DOCTYPE\n");
  expect(log(2)).toContain("Warning: r/huge.xml has 100.0 MB, more than is read, and is left out.\n");
  expect(log(2)).toMatch(/Stored 6 test results: 3 passed, 3 failed, 0 skipped\n$/);
  expect(log(3)).toBe("Warning: no test results found at /root/project/nothing\n");
  expect(stores.kept.results.map(({ name, result }) => `${name} ${result}`).sort()).toEqual([
    "a success",
    "a success",
    "b failure",
    "b failure",
    "c success",
    "knows **** failure",
  ]);
  expect(stores.kept.results.find(({ name }) => name.startsWith("knows"))).toMatchObject({
    classname: "****",
    file: "",
    message: "****",
  });
  expect(JSON.stringify(stores.kept.results)).not.toContain(secretValue);
});

describe.each(["sh", "bash"])("circleci tests in an image with %s", (image) => {
  const files =
    "mkdir -p 't/a/b'; for f in t/1.js t/a/2.js t/a/b/3.ts t/x.txt; do echo $f >$f; done; echo long long >t/1.js";

  test("glob finds files by pattern, over folders and with alternatives", async () => {
    const plan = aJobPlan(docker.image(image), [
      aRun(
        `${files}; circleci tests glob 't/**/*.{js,ts}' 't/*.txt'; circleci tests glob 't/[a-z]/?.js' 'none*'`,
      ),
    ]);
    const { outcome, log } = await docker.run(docker.input(plan));
    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe("t/1.js\nt/a/2.js\nt/a/b/3.ts\nt/x.txt\nt/a/2.js\n");
  });

  test("split and run share names out, each once: by name, size, and the times of earlier runs (R-SPLIT-1, R-SPLIT-2, R-SPLIT-4)", async () => {
    const stores = memoryStores([
      { kind: "file", name: "t/1.js", durationMs: 9000 },
      { kind: "file", name: "t/a/2.js", durationMs: 4000 },
      { kind: "file", name: "t/a/b/3.ts", durationMs: 3000 },
    ]);
    const both = (flags: string): string =>
      `for i in 0 1; do echo node $i; circleci tests glob 't/**/*.?s' | circleci tests ${flags} --index $i --total=2; done`;
    const plan = aJobPlan(docker.image(image), [
      aRun(files),
      aRun(both("split")),
      aRun(both("split --split-by=filesize")),
      aRun(both("split --split-by=timings --timings-type=filename")),
      aRun(both("run --split-by=timings --command 'xargs echo runs'")),
      aRun(
        [
          "echo new | circleci tests split --split-by timings --timings-type=classname --index=0 --total=1",
          // As the middle one of those that are known, and then as told.
          "for flag in '' --time-default=8500ms; do echo t/1.js t/a/2.js t/a/b/3.ts new | circleci tests split --split-by=timings $flag --index 1 --total 2 | tr '\\n' ' '; echo; done",
          "circleci tests split nothing.txt || echo failed with $?",
        ].join("\n"),
      ),
      aRun(
        [
          "export LC_ALL=POSIX index=mine file=mine",
          "circleci tests glob none | circleci tests run --command 'exit 9'",
          "echo a | circleci tests run --command 'echo $LC_ALL $index $file; exit 9'",
        ].join("\n"),
      ),
    ]);

    const { log, recorded } = await docker.run(docker.input(plan, { stores }));

    expect(log(2)).toBe("node 0\nt/1.js\nt/a/b/3.ts\nnode 1\nt/a/2.js\n");
    expect(log(3)).toBe("node 0\nt/a/b/3.ts\nnode 1\nt/1.js\nt/a/2.js\n");
    expect(log(4)).toBe("node 0\nt/1.js\nnode 1\nt/a/2.js\nt/a/b/3.ts\n");
    expect(log(5)).toBe("node 0\nruns t/1.js\nnode 1\nruns t/a/2.js t/a/b/3.ts\n");
    expect(log(6)).toBe(
      [
        "Error auto-detecting timing type, falling back to weighting by name.\nnew\n",
        "new t/a/2.js t/a/b/3.ts \nnew t/a/2.js \n",
        "circleci tests: nothing.txt cannot be read\nfailed with 2\n",
      ].join(""),
    );
    expect(log(7)).toMatch(/^No tests are for this node.\nPOSIX mine mine\n/);
    expect(recorded.progress.get(7)?.exitCode).toBe(9);
  });
});

test("where the image lacks a tool no name is lost: a split is by name, or fails (R-SPLIT-1)", async () => {
  // busybox's own shell would find its own tools whatever the PATH.
  const split = "PATH=$PWD/bin /bin/bash -c '. /fmg/path/.tests' circleci split --index=1 --total=2";
  const plan = aJobPlan(docker.image("bash"), [
    aRun(
      [
        "mkdir bin; for tool in cat sort; do ln -s $(command -v $tool) bin/; done",
        `echo b a | ${split} --split-by=filesize; rm bin/sort`,
        `echo b a | ${split} || echo failed with $?`,
      ].join("\n"),
    ),
  ]);
  const { log } = await docker.run(docker.input(plan));
  expect(log(1)).toBe(
    "The image has no awk, falling back to splitting by name.\nb\ncircleci tests: the image has no sort\nfailed with 2\n",
  );
});
