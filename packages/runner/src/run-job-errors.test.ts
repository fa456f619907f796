import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { FmgError, Secret, type JobEvent } from "@fmg/core";

import { aJobPlan, aRun, somewhere } from "../test/plans.ts";
import { record, statusesOf } from "../test/recorder.ts";
import { runJob, type ExecOutput, type RunJobInput } from "./index.ts";
import { staticProgramPath } from "./row/step-program.ts";
import { stepHeaders } from "./step-headers.ts";
import { memoryStores } from "./testing/memory-stores.ts";
import { fakeEngine, type FakeEngine, type FakeEngineOptions } from "./testing/index.ts";

/** Steps `one` and `two`; what the container says is the test's business. */
const plan = aJobPlan("here", [aRun("one"), aRun("two")]);
const wellDone = [
  "FMG start 1-1 1.00\nFMG data 1-1 0 4\none\nFMG exit 1-1 0 4 1.00 2.00\n",
  "FMG start 2-1 2.00\nFMG exit 2-1 0 0 2.00 3.00\nFMG end\n",
].join("");

describe("a job on a daemon that is silent for a while", () => {
  test("goes on when it answers again, wherever it was", async () => {
    let calls = 0;
    const silent = new FmgError("docker_unavailable", "no answer");
    // Every call is refused once before it works.
    const before = (): void => {
      if (++calls % 2 === 1) throw silent;
    };

    const { outcome, log } = await run({ images: ["here"], before, follow: [wellDone] });

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe("one\n");
  });
});

describe("a job whose container cannot run the static step program", () => {
  beforeAll(() => promisify(execFile)(new URL("../step-program/build.sh", import.meta.url).pathname));

  test.each(["refuses to start it", "ends at once"])(
    "has the image's own sh run its steps: %s",
    async (how) => {
      const refusal = new FmgError("container_failed", `exec: "${staticProgramPath}": permission denied`);
      const calls: string[] = [];
      const before = (call: string, engine: FakeEngine): void => {
        const isFirst = calls.filter((earlier) => earlier === "startContainer").length <= 1;
        if (calls.at(-1) === "startContainer" && isFirst && how === "ends at once")
          engine.endContainer("fmg-test-fake-a1", 1);
        if (call === "startContainer" && !calls.includes(call) && how === "refuses to start it") {
          calls.push(call);
          throw refusal;
        }
        calls.push(call);
      };

      const { outcome, log, argv } = await run({
        images: ["here"],
        architecture: "amd64",
        before,
        follow: [wellDone],
      });

      expect(outcome).toEqual({ status: "success" });
      expect(log(0)).toContain(
        "The static step program does not run here: the image's own sh runs the steps.",
      );
      expect(argv[0]?.[0]).toBe("sh");
    },
  );
});

describe("a job whose image is not here", () => {
  test("pulls it, and tells the progress in the log of the set-up", async () => {
    const pull = async (_reference: string, onProgress: (line: string) => void): Promise<void> => {
      for (const line of ["layer 1", "layer 2", "Status: Downloaded"]) onProgress(line);
    };

    const { outcome, log } = await run({ pull, follow: [wellDone] });

    expect(outcome).toEqual({ status: "success" });
    expect(log(0)).toContain(
      "Pulling the image here\nlayer 1\nlayer 2\nStatus: Downloaded\nImage here is here",
    );
  });

  test("ends in an error with the daemon's words, at once when the registry does not know it", async () => {
    let tries = 0;
    const pull = async (): Promise<void> => {
      tries++;
      throw new FmgError("image_pull_failed", "The image could not be pulled: manifest unknown");
    };

    const { outcome, statuses, log } = await run({ pull });

    expect(outcome).toEqual({
      status: "error",
      reason: "image_pull_failed",
      message: "The image could not be pulled: manifest unknown",
    });
    expect(statuses).toEqual(["error", "skipped", "skipped"]);
    expect(log(0)).toContain("manifest unknown");
    expect(tries).toBe(1);
  });

  test("says which variable its registry's password lacks", async () => {
    const auth = {
      kind: "basic",
      values: [
        { name: "username", value: "me" },
        { name: "password", value: "$REGISTRY_PASSWORD" },
      ],
    } as const;
    const image = { image: "there", environment: [], range: somewhere, auth };
    const withAuth = { ...plan, executor: { kind: "docker", images: [image], range: somewhere } as const };

    const { outcome } = await run({}, { plan: withAuth });

    expect(outcome).toMatchObject({ status: "error", message: expect.stringContaining("REGISTRY_PASSWORD") });
  });
});

describe("a stream of output that breaks", () => {
  test("is taken up again at the byte where it broke", async () => {
    const first = "FMG start 1-1 1.00\nFMG data 1-1 0 9\none ";
    const second = [
      "FMG start 1-1 1.00\nFMG data 1-1 4 5\nmore\n",
      "FMG exit 1-1 0 9 1.00 2.00\nFMG skip 2-1\nFMG end\n",
    ].join("");

    const { outcome, log, argv } = await run({ images: ["here"], follow: [first, second] });

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe("one more\n");
    expect(argv.map((words) => words.slice(-2))).toEqual([
      ["1-1:0", "2-1:0"],
      ["1-1:4", "2-1:0"],
    ]);
  });

  test("goes on from before what the masker holds back", async () => {
    const first = "FMG start 1-1 1.00\nFMG data 1-1 0 8\nab s3cre";
    const second =
      "FMG start 1-1 1.00\nFMG data 1-1 3 7\ns3cret\nFMG exit 1-1 0 10 1.00 2.00\nFMG skip 2-1\nFMG end\n";
    const secrets = [{ name: "S", value: new Secret("s3cret") }];

    const { log, argv } = await run({ images: ["here"], follow: [first, second] }, { secrets });

    expect(log(1)).toBe("ab ****\n");
    expect(argv[1]?.at(-2)).toBe("1-1:3");
  });

  test("and never keeps to the protocol ends the job in an error", async () => {
    const { outcome, statuses } = await run({ images: ["here"], follow: ["hello\n", "hello\n", "hello\n"] });

    expect(outcome).toMatchObject({ status: "error", reason: "container_failed" });
    expect(statuses).toEqual(["success", "skipped", "skipped"]);
  });

  test("and whose output leaves a gap is not believed", async () => {
    const gap = "FMG start 1-1 1.00\nFMG data 1-1 2 2\nx\n";

    const { outcome, log } = await run({ images: ["here"], follow: [gap, gap, gap, gap] });

    expect(outcome).toMatchObject({ status: "error", reason: "container_failed" });
    expect(log(1)).not.toContain("x\n");
  });
});

describe("a step", () => {
  test("that cut its own log is told how much is missing", async () => {
    const follow = "FMG start 1-1 1.00\nFMG exit 1-1 0 70 1.00 2.00\nFMG skip 2-1\nFMG end\n";

    const { log } = await run({ images: ["here"], follow: [follow] });

    expect(log(1)).toBe("\n70 bytes of output are missing: the step cut its own log.\n");
  });

  test("that nobody could start ends the job in an error with the shell's words", async () => {
    const { outcome } = await run({
      images: ["here"],
      follow: ["FMG lost 1-1\n"],
      faults: "mv: No space left",
    });

    expect(outcome).toMatchObject({ status: "error", message: expect.stringContaining("mv: No space left") });
  });
});

describe("a step that was ended for its silence", () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test("does not count against the steps after it, however long they run", async () => {
    jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] });
    const ended = Promise.withResolvers<void>();
    const secondRuns = Promise.withResolvers<void>();
    const secondMayEnd = Promise.withResolvers<void>();
    async function* follow(): AsyncGenerator<ExecOutput> {
      yield out("FMG start 1-1 1.00\n");
      await ended.promise;
      yield out("FMG exit 1-1 143 0 1.00 2.00\nFMG start 2-1 2.00\nFMG data 2-1 0 3\nup\n");
      secondRuns.resolve();
      await secondMayEnd.promise;
      yield out("FMG exit 2-1 0 3 2.00 3.00\nFMG end\n");
    }
    const engine = fakeEngine({
      images: ["here"],
      exec({ argv }) {
        if (argv[3] === "follow") return follow();
        if (argv.includes("late")) ended.resolve();
        return [out("timed-out\n")];
      },
    });
    const silent = aJobPlan("here", [
      aRun("one", { noOutputTimeoutMs: 1000 }),
      aRun("two", { when: "always" }),
    ]);
    const recorder = record();

    const running = runJob(engine, anInput({ plan: silent }), recorder.report, {
      handOver: never,
      cancel: never,
    });
    while (recorder.progress.get(1)?.status !== "running") await nextTurn();
    jest.advanceTimersByTime(1000);
    await secondRuns.promise;
    while (!recorder.logs.has(2)) await nextTurn();
    jest.advanceTimersByTime(300_000);
    secondMayEnd.resolve();

    expect(await running).toMatchObject({ status: "failure", reason: "timed_out" });
    expect(recorder.progress.get(2)?.status).toBe("success");
  });
});

describe("a job whose events nobody takes", () => {
  test("rejects with the reporter's error, and leaves the container alone", async () => {
    // Of our own kind, as a full disk would be: it must not look like a broken stream.
    const stale = new FmgError("log_write_failed", "no space");
    const engine = fakeEngine({ images: ["here"], exec: () => [out(wellDone)] });
    const report = async (event: JobEvent): Promise<void> => {
      if (event.kind === "log" && event.step === 1) throw stale;
    };

    await expect(runJob(engine, anInput(), report, { handOver: never, cancel: never })).rejects.toBe(stale);
  });
});

const never = new AbortController().signal;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

interface Scripted extends Omit<FakeEngineOptions, "exec" | "before"> {
  readonly before?: (call: string, engine: FakeEngine) => void;
  /** What the follower says on stdout, attach by attach. */
  readonly follow?: readonly string[];
  readonly faults?: string;
}

async function run(options: Scripted, over: Partial<RunJobInput> = {}) {
  const argv: (readonly string[])[] = [];
  const { before = () => undefined } = options;
  const engine: FakeEngine = fakeEngine({
    ...options,
    before: (call) => before(call, engine),
    exec(command) {
      // The set-up asks who it is.
      if (command.argv[3] !== "follow") return [out("uid 0\ngid 0\nhome /root\nmade\n")];
      argv.push(command.argv);
      const said = options.follow?.[argv.length - 1] ?? "";
      const faults = options.faults === undefined ? [] : [err(options.faults)];
      return [...faults, out(said)];
    },
  });
  const recorder = record();
  const input = anInput(over);
  const outcome = await runJob(engine, input, recorder.report, { handOver: never, cancel: never });
  return {
    outcome,
    argv,
    statuses: statusesOf(recorder, stepHeaders(input.plan)),
    log: (index: number) => (recorder.logs.get(index) ?? Buffer.alloc(0)).toString(),
  };
}

function out(text: string): { stream: "stdout"; bytes: Uint8Array } {
  return { stream: "stdout", bytes: Buffer.from(text) };
}

function err(text: string): { stream: "stderr"; bytes: Uint8Array } {
  return { stream: "stderr", bytes: Buffer.from(text) };
}

function anInput(over: Partial<RunJobInput> = {}): RunJobInput {
  return {
    instance: "test-fake",
    attemptId: 1,
    jobId: 1,
    epoch: 1,
    plan,
    builtins: [],
    secrets: [],
    progress: [],
    source: {
      asTar() {
        throw new Error("this test has no source");
      },
    },
    stores: memoryStores(),
    limits: {
      memoryBytes: 2 ** 28,
      cpus: 1,
      pids: 256,
      maxLogBytesPerStep: 2 ** 20,
      jobTimeoutMs: 600_000,
    },
    containerPolicy: { pull: "if-not-present", serviceWaitMs: 20_000 },
    notices: [],
    trusted: true,
    ...over,
  };
}
