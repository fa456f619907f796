import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, jest, test } from "@jest/globals";
import { FmgError, type CheckoutStepPlan } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../../test/plans.ts";
import { record } from "../../test/recorder.ts";
import { useRealDocker } from "../../test/real-docker.ts";
import type { SourceProvider } from "../index.ts";
import { writeTar } from "../tar/write-tar.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ bash: { bash: true }, builder: { bash: true, user: "builder" } });

describe("a checkout", () => {
  // R-CO-1
  test("puts the tree into the working directory, owned by the step's user, and says what is left out (R-CO-1, R-CO-5)", async () => {
    const plan = aJobPlan(docker.image("builder"), [
      aCheckout(),
      aRun("cat README; ls -A; stat -c %u README .git/HEAD; echo more >>README"),
    ]);

    const { outcome, log } = await docker.run(docker.input(plan, { source: aSource() }));

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe(
      "Checking out the commit into /home/builder/project\nSubmodule lib: https://h/lib at 1234567\nSubmodules: 2, each an empty folder.\n" +
        "Files in Git LFS: 3. They hold pointers; git lfs pull fetches the contents.\n",
    );
    expect(log(2)).toBe("hello\n.git\nREADME\n1000\n1000\n");
  });

  // R-CO-2
  test("goes into a path of its own, and again over what it made", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aCheckout({ path: "sub/tree" }),
      aRun("echo changed >sub/tree/README"),
      aCheckout({ path: "sub/tree" }),
      aRun("cat sub/tree/README"),
    ]);

    const { outcome, log } = await docker.run(docker.input(plan, { source: aSource() }));

    expect(outcome).toEqual({ status: "success" });
    expect(log(4)).toBe("hello\n");
  });

  // R-CO-2
  test("fails where other things lie", async () => {
    const plan = aJobPlan(docker.image("bash"), [aRun("touch .hidden"), aCheckout(), aRun("true")]);

    const { outcome, statuses, log } = await docker.run(docker.input(plan, { source: aSource() }));

    expect(outcome).toMatchObject({ status: "failure", reason: "step_failed" });
    expect(statuses).toEqual(["success", "success", "failure", "skipped"]);
    expect(log(2)).toContain("is not empty (it has .hidden), and is no git repository");
  });

  test("is left out after a failed step, and after a halt", async () => {
    const failed = aJobPlan(docker.image("bash"), [aRun("false"), aCheckout()]);
    const halted = aJobPlan(docker.image("bash"), [aRun("circleci step halt"), aCheckout()]);

    const afterFailure = await docker.run(docker.input(failed, { source: aSource() }));
    const afterHalt = await docker.run(docker.input(halted, { source: aSource() }));

    expect(afterFailure.statuses).toEqual(["success", "failure", "skipped"]);
    expect(afterHalt.statuses).toEqual(["success", "success", "skipped"]);
    expect(afterHalt.outcome).toEqual({ status: "success" });
  });

  test("whose source fails ends the job in that error", async () => {
    const plan = aJobPlan(docker.image("bash"), [aCheckout(), aRun("true", { when: "always" })]);
    const source: SourceProvider = {
      async *asTar() {
        yield writeTar([{ name: "a", kind: "file", mode: 0o644 }]).subarray(0, 512);
        throw new FmgError("clone_failed", "The repository is gone.");
      },
    };

    const { outcome, statuses } = await docker.run(docker.input(plan, { source }));

    expect(outcome).toEqual({ status: "error", reason: "clone_failed", message: "The repository is gone." });
    expect(statuses).toEqual(["success", "error", "skipped"]);
  });

  test("that was cut off is finished by a successor", async () => {
    const plan = aJobPlan(docker.image("bash"), [aCheckout(), aRun("cat README")]);
    const handOver = new AbortController();
    const recorder = record();
    const stuck: SourceProvider = {
      async *asTar(_input, signal) {
        yield writeTar(tree).subarray(0, 1024);
        handOver.abort();
        await delay(60_000, undefined, { signal });
      },
    };
    const input = docker.input(plan, { source: stuck });
    expect((await docker.run(input, { handOver: handOver.signal }, recorder)).outcome).toBe("handed-over");

    const successor = { ...input, source: aSource(), progress: [...recorder.progress.values()] };
    const { outcome, log } = await docker.run(successor, {}, recorder);

    expect(outcome).toEqual({ status: "success" });
    expect(log(2)).toBe("hello\n");
  });

  test("is canceled with its job", async () => {
    const plan = aJobPlan(docker.image("bash"), [aCheckout(), aRun("true", { when: "always" })]);
    const cancel = new AbortController();
    const stuck: SourceProvider = {
      async *asTar(_input, signal) {
        yield writeTar(tree).subarray(0, 1024);
        cancel.abort();
        await delay(60_000, undefined, { signal });
      },
    };

    const { outcome, statuses } = await docker.run(docker.input(plan, { source: stuck }), {
      cancel: cancel.signal,
    });

    expect(outcome).toMatchObject({ status: "canceled" });
    expect(statuses).toEqual(["success", "canceled", "skipped"]);
  });
});

const tree = [
  { name: ".git", kind: "directory", mode: 0o755 },
  { name: ".git/HEAD", kind: "file", mode: 0o644, content: "ref: refs/heads/main\n" },
  { name: "README", kind: "file", mode: 0o644, content: "hello\n" },
] as const;

function aSource(): SourceProvider {
  return {
    async *asTar({ prefix, uid, gid, onTree }) {
      onTree?.({ submodules: 2, lfsPointers: 3, notes: ["Submodule lib: https://h/lib at 1234567"] });
      yield writeTar(tree.map((entry) => ({ ...entry, name: prefix + entry.name, uid, gid })));
    },
  };
}

function aCheckout(over: Partial<CheckoutStepPlan> = {}): CheckoutStepPlan {
  return {
    kind: "checkout",
    name: "Checkout code",
    path: ".",
    method: "full",
    when: "on_success",
    range: somewhere,
    ...over,
  };
}
