import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import Docker from "dockerode";

import { aJobPlan, aRun, somewhere } from "../../test/plans.ts";
import { record } from "../../test/recorder.ts";
import { useRealDocker, type Ran } from "../../test/real-docker.ts";
import type { RunJobInput } from "../index.ts";
import { resourceName } from "../names.ts";
import { writeTar } from "../tar/write-tar.ts";
import { chooseProgram, staticProgramPath } from "./step-program.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({
  bash: { bash: true },
  builder: { bash: true, user: "builder" },
  bare: { bare: true, user: "1000" },
});
const run = promisify(execFile);
const sources = new URL("../../step-program", import.meta.url).pathname;
const isStatic = (kind: string): boolean => kind === "static";

// What is built already stays as it is.
beforeAll(() => run(join(sources, "build.sh")));

// One suite for both programs that run the rows of steps. (REL-7, A.7 item 3)
describe.each(["sh", "static"])("the step program: %s", (kind) => {
  function input(plan: RunJobInput["plan"], over: Partial<RunJobInput> = {}): RunJobInput {
    const given = docker.input(plan, over);
    const stepProgram = isStatic(kind) ? "auto" : "sh";
    return { ...given, containerPolicy: { ...given.containerPolicy, stepProgram } };
  }

  const codes = ({ recorded }: Ran): (number | string | undefined)[] =>
    [...recorded.progress.values()]
      .filter(({ index }) => index > 0)
      .sort((a, b) => a.index - b.index)
      .map(({ status, exitCode }) => exitCode ?? status);

  test("is the one that was asked for, gives every exit code, and keeps to when and halt (REL-7)", async () => {
    const always = { when: "always" } as const;
    const plan = aJobPlan(docker.image("builder"), [
      aRun("[ $(umask) = 0022 ] && cat; tr '\\0' ' ' </proc/1/cmdline; id -u"),
      aRun("(sleep 300 & setsid sleep 300 &); exit 300"),
      aRun("echo left out"),
      aRun("kill -9 $$", { when: "on_fail" }),
      aRun("kill -TERM $$", always),
      aRun("kill -SEGV $$", always),
      aRun(": >'/fmg/s/7-1/@exit,0,9,1.00,2.00'; echo 'FMG exit 7-1 0 0 0 0'; exit 3", always),
      aRun("circleci step halt; exit 4", always),
      aRun("echo halted", always),
    ]);
    const began = performance.now();

    const ran = await docker.run(input(plan));

    expect(ran.log(1)).toMatch(
      isStatic(kind) ? `${staticProgramPath} init 1000\n` : /trap exit TERM.*1000\n/,
    );
    // Who forges its own end has what it asked for.
    expect(codes(ran)).toEqual([0, 44, "skipped", 137, 143, 139, 0, 4, "skipped"]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("outlives a step that kills it, all processes, or its files (REL-7)", async () => {
    const always = { when: "always" } as const;
    const plan = aJobPlan(docker.image("bash"), [
      aRun("sleep 4242 & kill -9 $PPID; sleep 300"),
      aRun("echo one; kill -9 -1; sleep 300", always),
      aRun("! grep -l 4242 /proc/[0-9]*/cmdline", always),
    ]);
    // Alone: of steps before it the follower may not have told yet.
    const removing = aJobPlan(docker.image("bash"), [
      aRun("rm -rf /fmg/s/*; echo gone"),
      aRun("echo has no state", always),
    ]);
    const began = performance.now();

    const ran = await docker.run(input(plan));
    const removed = await docker.run(input(removing));

    expect(codes(ran)).toEqual([137, 137, 0]);
    expect(codes(removed)).toEqual(["failure", "failure"]);
    expect(ran.log(2)).toBe("one\n\nExited with code exit status 137\n");
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("survives a volume without room, with every exit code right (REL-7)", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("dd if=/dev/zero of=/fmg/task/fill bs=64k; echo no room for this; exit 3", {
        shell: ["/bin/bash"],
      }),
      aRun("exit 4", { when: "always" }),
      aRun("rm /fmg/task/fill; echo room", { when: "always" }),
    ]);
    const wanted = input(plan);
    const holder = await holdSmallVolume(wanted);
    try {
      const ran = await docker.run(wanted);

      expect(codes(ran)).toEqual([3, 4, 0]);
      expect(ran.log(3)).toBe("room\n");
    } finally {
      await holder.remove({ force: true });
    }
  });

  test("leaves a step that uses up processes a failure, and one that uses up memory named as that (REL-7)", async () => {
    const tooMuch = aRun("exec head -c 200000000 /dev/zero | tail -c 200000000 | wc -c", {
      shell: ["/bin/bash", "-o", "pipefail"],
    });
    const bomb = aRun("bomb() { bomb | bomb & }; bomb; sleep 1; exit 5");
    const [hungry, crowded] = [tooMuch, bomb].map((step) => input(aJobPlan(docker.image("bash"), [step])));
    const memoryBytes = 64 * 2 ** 20;

    const first = await docker.run({ ...hungry!, limits: { ...hungry!.limits, memoryBytes } });
    const second = await docker.run({
      ...crowded!,
      limits: { ...crowded!.limits, pids: 64, jobTimeoutMs: 45_000 },
    });

    expect(first.outcome).toMatchObject({ status: "failure", reason: "oom_killed" });
    expect(first.log(1)).toContain("reached its limit of 64 MB of memory");
    expect(second.outcome).toMatchObject({ status: "failure", reason: "step_failed" });
  });

  test("hands on every byte once, to a successor too, and ends a tree of processes that does not want to (R-LIFE-2)", async () => {
    const stubborn =
      "trap '' TERM; setsid sleep 4242 & env -i sleep 4242 & (trap '' TERM; sleep 4242) & wait";
    const plan = aJobPlan(docker.image("builder"), [
      aRun("echo up; sleep 600", { background: true }),
      aRun(
        "head -c 3000000 /dev/urandom >/fmg/task/ref; head -c 1000000 /fmg/task/ref; until [ -e /fmg/task/go ]; do sleep 0.1; done; tail -c +1000001 /fmg/task/ref >&2",
      ),
      aRun(`echo begun; ${stubborn}`),
      aRun("! grep -l 4242 /proc/[0-9]*/cmdline", { when: "always" }),
    ]);
    const wanted = input(plan);
    const recorder = record();
    const handOver = new AbortController();

    const first = docker.run(wanted, { handOver: handOver.signal }, recorder);
    await until(() => (recorder.logs.get(2)?.length ?? 0) === 1_000_000);
    handOver.abort();
    expect((await first).outcome).toBe("handed-over");
    await docker.ask(wanted.attemptId, ": >/fmg/task/go");
    const second = docker.run({ ...wanted, progress: [...recorder.progress.values()] }, {}, recorder);
    await until(() => recorder.logs.get(3)?.toString() === "begun\n");
    const row = isStatic(kind) ? staticProgramPath : "sh /fmg/bin/row";
    const askedAt = performance.now();
    await docker.ask(wanted.attemptId, `${row} kill 1 3-1`);
    const ran = await second;

    expect(performance.now() - askedAt).toBeLessThan(5000);
    expect(codes(ran)).toEqual([expect.anything(), 0, 137, 0]);
    expect(ran.recorded.progress.get(1)).toMatchObject({ status: "success" });
    const reference = await docker.ask(wanted.attemptId, "cat /fmg/task/ref");
    expect(digest(recorder.logs.get(2)!)).toBe(digest(reference));
  });

  test("leaves out the rest of a row that is cancelled, cleaning steps too (R-LIFE-2)", async () => {
    const plan = aJobPlan(docker.image("builder"), [
      aRun("trap 'echo ended; exit 5' TERM; echo begun; while :; do sleep 0.1; done"),
      aRun("echo clean", { when: "always" }),
    ]);
    const recorder = record();
    const cancel = new AbortController();

    const running = docker.run(input(plan), { cancel: cancel.signal }, recorder);
    await until(() => recorder.logs.get(1)?.toString() === "begun\n");
    cancel.abort();
    const { outcome, log, statuses } = await running;

    expect(outcome).toMatchObject({ status: "canceled" });
    expect(statuses[2]).not.toBe("success");
    expect(log(1)).toContain("ended\n");
  });
});

describe("the static step program", () => {
  test("is there for both architectures, and for no other", () => {
    expect(["amd64", "arm64", "s390x", "../../x"].map(chooseProgram)).toEqual(["amd64", "arm64", "sh", "sh"]);
  });

  test("is made of the same bytes wherever it is built, and needs nothing of the image", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fmg-step-"));
    await cp(sources, join(folder, "elsewhere/sources"), { recursive: true });
    await Promise.all([
      run(join(sources, "build.sh"), [join(folder, "first")]),
      run(join(folder, "elsewhere/sources/build.sh"), [join(folder, "second")]),
    ]);

    for (const [architecture, machine] of [
      ["amd64", 62],
      ["arm64", 183],
    ] as const) {
      const name = `fmg-step-${architecture}`;
      const first = await readFile(join(folder, "first", name));
      const second = await readFile(join(folder, "second", name));
      expect(digest(first)).toBe(digest(second));
      expect(first.readUInt16LE(18)).toBe(machine);
      expect(hasInterpreter(first)).toBe(false);
    }
    await rm(folder, { recursive: true });
  });

  test("runs checkouts and steps in an image without a shell, by the shell that a step names (R-SH-1)", async () => {
    const shell = ["/app/busybox", "sh", "-e"];
    const checkout = {
      kind: "checkout",
      path: ".",
      method: "full",
      when: "on_success",
      range: somewhere,
      name: "Checkout code",
    } as const;
    const plan = aJobPlan(docker.image("bare"), [
      checkout,
      aRun("cat file; pwd; id -u; tr '\\0' ' ' </proc/1/cmdline", {
        shell,
      }),
      aRun("echo up; sleep 600", { shell, background: true }),
      aRun("echo on", { when: "always" }),
    ]);
    const source = { asTar: aFile };

    const ran = await docker.run(docker.input(plan, { source }));

    expect(ran.statuses).toEqual(["success", "success", "success", "success", "failure"]);
    expect(ran.log(1)).toBe("Checking out the commit into /home/builder/project\n");
    expect(ran.log(2)).toBe("of the commit\n/home/builder/project\n1000\n/.fmg-step init ");
    expect(ran.recorded.progress.get(4)).toMatchObject({ exitCode: 127 });
    expect(ran.log(4)).toContain(
      "shell not found: the image has no /bin/bash and no /bin/sh. Give the step a `shell:`",
    );
  });

  test("gives steps a terminal where FMG_TTY asks for one, byte by byte what they say, and nobody to ask (R-SH-4)", async () => {
    const tty = (value: string) => ({ environment: [{ name: "FMG_TTY", value }] });
    const look =
      "for at in 0 1 2; do [ -t $at ] && printf 'tty ' || printf 'none '; done; echo \"<$TERM $PAGER>\"";
    const plan = aJobPlan(
      docker.image("bash"),
      [
        aRun(`${look}; (: >/dev/tty) 2>/dev/null || echo nobody; printf 'a\\nb\\r\\n\\tc'; exit 3`),
        aRun(look, { ...tty("false"), when: "always" }),
        aRun("seq 100000; (sleep 60; echo late) & echo left", { when: "always" }),
        aRun("echo up; sleep 4243", { when: "always", noOutputTimeoutMs: 1000 }),
        aRun("echo on", { when: "always" }),
      ],
      tty("true"),
    );
    const bySh = docker.input(aJobPlan(docker.image("bash"), [aRun(look, tty("1"))]));

    const { statuses, log, recorded } = await docker.run(docker.input(plan));
    const without = await docker.run({
      ...bySh,
      containerPolicy: { ...bySh.containerPolicy, stepProgram: "sh" },
    });

    expect(log(1)).toBe("none tty tty <xterm cat>\nnobody\na\nb\r\n\tc\nExited with code exit status 3\n");
    expect(recorded.progress.get(1)).toMatchObject({ exitCode: 3 });
    expect(log(2)).toBe("none none none <dumb >\n");
    const numbers = Array.from({ length: 100_000 }, (_, at) => `${at + 1}\n`).join("");
    expect(digest(Buffer.from(log(3)))).toBe(digest(Buffer.from(`${numbers}left\n`)));
    expect(log(4)).toBe("up\n\nToo long with no output (exceeded 1s): context deadline exceeded\n");
    expect(statuses).toEqual(["success", "failure", "success", "success", "failure", "success"]);
    expect(without.log(0)).toContain("FMG_TTY: the image's own sh has no terminal to give");
    expect(without.log(1)).toBe("none none none <xterm cat>\n");
  });

  test("as process 1 reaps orphans, and ends at once when it is told to", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun(
        "(sleep 0.1 &); until ! grep -q sleep /proc/[0-9]*/stat; do sleep 0; done 2>/dev/null; echo reaped",
      ),
    ]);
    const wanted = docker.input(plan);

    const { log } = await docker.run(wanted);
    const container = new Docker().getContainer(resourceName(docker.instance, wanted.attemptId));
    const began = performance.now();
    await container.stop({ t: 20 });

    expect(log(1)).toBe("reaped\n");
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await container.inspect()).State.ExitCode).toBe(0);
  });
});

async function* aFile(owner: { readonly uid: number; readonly gid: number }): AsyncGenerator<Uint8Array> {
  const { uid, gid } = owner;
  yield writeTar([{ name: "file", kind: "file", mode: 0o644, uid, gid, content: "of the commit\n" }]);
}

/** A volume of 2 MB for that attempt; the container keeps it from being forgotten between the mounts of others. */
async function holdSmallVolume({ attemptId, instance }: RunJobInput): Promise<Docker.Container> {
  const name = resourceName(instance, attemptId);
  const client = new Docker();
  const Labels = { "fmg.instance": instance, "fmg.attempt": String(attemptId) };
  const DriverOpts = { type: "tmpfs", device: "tmpfs", o: "size=2m" };
  await client.createVolume({ Name: name, Driver: "local", DriverOpts, Labels });
  const holder = await client.createContainer({
    name: `${name}-holder`,
    Image: docker.image("bash"),
    Cmd: ["sleep", "600"],
    Labels: { "fmg.instance": instance },
    HostConfig: {
      NetworkMode: "none",
      Mounts: [{ Type: "volume", Source: name, Target: "/held" }],
      Init: true,
    },
  });
  await holder.start();
  return holder;
}

/** Whether an ELF file names a dynamic linker. */
function hasInterpreter(elf: Buffer): boolean {
  const start = Number(elf.readBigUInt64LE(32));
  const [size, count] = [elf.readUInt16LE(54), elf.readUInt16LE(56)];
  const types = Array.from({ length: count }, (_, at) => elf.readUInt32LE(start + at * size));
  return types.includes(3);
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("what the test waits for did not come");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
