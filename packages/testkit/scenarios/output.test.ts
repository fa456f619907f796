import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, watch } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Job, Step } from "@fmg/client";
import { awaitState } from "../src/await-state.ts";
import { repoRoot } from "../src/repo-root.ts";
import { startStack, type Stack } from "../src/stack.ts";

const long = process.env["FMG_LONG"] === "1";
/** Of 62 bytes: 99 MB, which is just below the limit of a step; 19 MB in the suite. */
const LINES = long ? 1_600_000 : 300_000;
const STEADY_SECONDS = long ? 60 : 5;
const WRITERS = long ? 50 : 12;
const LONG_LINE_BYTES = long ? 50_000_000 : 5_000_000;
const PROGRESS = long ? 1_000_000 : 100_000;
/** The suite shares its cores with other tests; the long form has a machine to itself. */
const slack = long ? 1 : 6;

const LINE = "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVW";
const odd = String.raw`\000\377\376 \355\240\200\n\r\033[31mred\033[0m\033]8;;http://x\033\\link\033]8;;\033\\\n\033]52;c;aGk=\007\033]0;title\007\033P$q m\033\\\033ktitle\033\\tail \303`;

const config = `version: 2.1
executors:
  busybox:
    docker: [{image: fmg-test/busybox:local}]
jobs:
  much:
    executor: busybox
    steps:
      - run: "{ yes '${LINE}' | head -n ${LINES} || true; }"
  steady:
    executor: busybox
    steps:
      - run: |
          n=0
          while [ $n -lt ${STEADY_SECONDS * 10} ]; do
            read -r now _ </proc/uptime; { yes "$now" | head -n 1000 || true; }; sleep 0.1; n=$((n+1))
          done
  writers:
    executor: busybox
    steps:
${Array.from(
  { length: WRITERS },
  (_, writer) => `      - run:
          background: true
          command: |
            n=0
            while [ $n -lt 30 ]; do { yes "writer ${writer} at $n" | head -n 20 || true; }; sleep 0.1; n=$((n+1)); done
            : >/fmg/task/done-${writer}
`,
).join("")}
      - run: until [ $(ls /fmg/task | wc -l) = ${WRITERS} ]; do sleep 0.2; done
  odd:
    executor: busybox
    steps:
      - run: head -c ${LONG_LINE_BYTES} /dev/zero | tr '\\0' x
      - run: |
          printf '%b' '${odd}'; sleep 0.3; printf '\\251 no end of a line'
      - run: "{ yes '50 %' | head -n ${PROGRESS} || true; } | tr '\\\\n' '\\\\r'"
      - run: ":"
workflows:
  main:
    jobs:
      - steady
      - writers: {requires: [steady]}
      - much: {requires: [writers]}
      - odd: {requires: [much]}
`;

let stack: Stack;
let pipelineId: number;
beforeAll(async () => {
  stack = await startStack();
  ({ pipelineId } = await stack.push("octo/output", { files: { ".circleci/config.yml": config } }));
}, 120_000);
afterAll(() => stack?.stop(), 60_000);

/** The job and its attempt, as soon as that runs or has run. */
async function begun(name: string): Promise<{ job: Job; attemptId: number }> {
  const jobs = await awaitState({
    what: `job ${name} to begin`,
    read: () => stack.jobs(pipelineId),
    judge: (all) => (all.some((job) => job.name === name && job.startedAt !== null) ? "reached" : "waiting"),
    deadlineMs: long ? 300_000 : 60_000,
    everyMs: 50,
  });
  const job = jobs.find((each) => each.name === name)!;
  return { job, attemptId: job.attempts[0]!.id };
}

async function ended(
  name: string,
): Promise<{ readonly steps: readonly Step[]; raw: (step: number) => Promise<Buffer> }> {
  const { attemptId } = await begun(name);
  await awaitState({
    what: `job ${name} to succeed`,
    read: async () => (await stack.jobs(pipelineId)).find((job) => job.name === name)!,
    judge: ({ status }) =>
      status === "success" ? "reached" : status === "failure" ? { unreachable: "it failed" } : "waiting",
    deadlineMs: long ? 300_000 : 120_000,
  });
  const { items } = await stack.get<{ items: Step[] }>(`/attempts/${attemptId}/steps`);
  return {
    steps: items,
    raw: async (step) => {
      const url = `${stack.api.url}/api/v1/attempts/${attemptId}/log?step=${step}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${stack.adminToken}` } });
      return Buffer.from(await answer.arrayBuffer());
    },
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** In MB: what the orchestrator has in memory, now or at most so far. */
function memory(which: "VmRSS" | "VmHWM"): number {
  const text = readFileSync(`/proc/${stack.orchestrator.pid}/status`, "utf8");
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1000;
}

function p95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)]!;
}

/** How old the stamps are that stand in bytes for the first time: the machine's own clock, of 10 ms. */
function openAges(): { see(bytes: Uint8Array): void; readonly ages: number[] } {
  const seen = new Set<string>();
  const ages: number[] = [];
  let rest = "";
  return {
    ages,
    see(bytes) {
      const now = Number(process.hrtime.bigint() / 1_000_000n);
      const lines = (rest + Buffer.from(bytes).toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const stamp of lines) {
        if (!/^\d+\.\d\d$/.test(stamp) || seen.has(stamp)) continue;
        seen.add(stamp);
        ages.push(now - Number(stamp) * 1000);
      }
    },
  };
}

test("10,000 lines a second are on the disk and at a reader while they are new (REL-13)", async () => {
  const { attemptId } = await begun("steady");
  const disk = openAges();
  const stream = openAges();
  const tail = await followFile(join(stack.dataDir, "logs", String(attemptId), "1.log"), (bytes) =>
    disk.see(bytes),
  );
  const reading = (async () => {
    for await (const event of stack.client.followLog({ attemptId }))
      if (event.kind === "log" && event.step === 1) stream.see(event.bytes);
  })();

  const { raw } = await ended("steady");
  await reading;
  await tail.close();

  expect((await raw(1)).toString().match(/\n/g)).toHaveLength(STEADY_SECONDS * 10_000);
  expect(disk.ages.length).toBeGreaterThan(STEADY_SECONDS * 5);
  expect(p95(disk.ages)).toBeLessThan(250 * slack);
  expect(p95(stream.ages)).toBeLessThan(1000 * slack);
}, 300_000);

test(`${WRITERS} steps that write at once have each its own lines, all of them (REL-13)`, async () => {
  const { steps, raw } = await ended("writers");
  expect(steps.filter(({ background }) => background)).toHaveLength(WRITERS);
  for (let writer = 0; writer < WRITERS; writer++) {
    const lines = Array.from({ length: 30 }, (_, n) => `writer ${writer} at ${n}\n`.repeat(20)).join("");
    expect((await raw(writer + 1)).toString()).toBe(lines);
  }
}, 300_000);

test("much output of one step is stored to the last byte, soon, and takes no memory to speak of (REL-13)", async () => {
  await begun("much");
  const before = memory("VmRSS");
  const { steps, raw } = await ended("much");

  const expected = `${LINE}\n`.repeat(LINES);
  expect(sha256(await raw(1))).toBe(sha256(Buffer.from(expected)));
  expect(expected.length / 1e6 / (steps[1]!.durationMs! / 1000)).toBeGreaterThan(20 / slack);
  expect(memory("VmHWM") - before).toBeLessThan(64 * (long ? 1 : 2));
}, 300_000);

test("odd bytes are downloaded and streamed as they were written, and a terminal sees no title and no clipboard (REL-14)", async () => {
  const { steps, raw } = await ended("odd");
  const { job, attemptId } = await begun("odd");
  const expected = [
    Buffer.alloc(LONG_LINE_BYTES, "x"),
    Buffer.concat([unescaped(odd), Buffer.from("\xa9 no end of a line", "latin1")]),
    Buffer.from("50 %\r".repeat(PROGRESS)),
    Buffer.alloc(0),
  ];
  const streamed: Uint8Array[][] = [[], [], [], [], []];
  for await (const event of stack.client.followLog({ attemptId }))
    if (event.kind === "log") streamed[event.step]?.push(event.bytes);

  for (const [at, bytes] of expected.entries()) {
    expect(sha256(await raw(at + 1))).toBe(sha256(bytes));
    expect(sha256(Buffer.concat(streamed[at + 1]!))).toBe(sha256(bytes));
    expect(steps[at + 1]!.logBytes).toBe(bytes.length);
  }
  const json = await fetch(`${stack.api.url}/api/v1/attempts/${attemptId}/steps`, {
    headers: { authorization: `Bearer ${stack.adminToken}` },
  });
  JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await json.arrayBuffer()));
  const screen = (await onTerminal("logs", String(pipelineId), job.name)).toString("latin1");
  expect(screen).toContain("\x1b[31mred");
  expect(screen).toContain("no end of a line");
  // oxlint-disable-next-line no-control-regex -- what a terminal would act on
  expect(screen).not.toMatch(/\x1b[\]PkX^_]|\x9d/);
}, 300_000);

/** printf's `%b`, for the forms above. */
function unescaped(text: string): Buffer {
  const plain = text.replaceAll(/\\(?:(\d{3})|(.))/g, (_, octal: string | undefined, letter: string) =>
    octal === undefined ? { n: "\n", r: "\r", "\\": "\\" }[letter]! : String.fromCharCode(parseInt(octal, 8)),
  );
  return Buffer.from(plain, "latin1");
}

/** What `fmg` writes to a real terminal (by script of util-linux). */
async function onTerminal(...words: string[]): Promise<Buffer> {
  const fmg = [process.execPath, "--conditions=@fmg/source", join(repoRoot, "apps/cli/bin/run.js")];
  const command = [...fmg, ...words, "--server-url", stack.api.url!].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    env: { PATH: process.env["PATH"], HOME: stack.dataDir, TERM: "xterm", FMG_TOKEN: stack.adminToken },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 120_000,
  });
  return buffer(child.stdout);
}

/** Tells the bytes of a file as they come to stand in it. */
async function followFile(
  path: string,
  onBytes: (bytes: Uint8Array) => void,
): Promise<{ close(): Promise<void> }> {
  const file = await awaitState({
    what: `${path} to be there`,
    read: () => open(path).catch(() => undefined),
    judge: (opened) => (opened === undefined ? "waiting" : "reached"),
    deadlineMs: 30_000,
    everyMs: 20,
  });
  const chunk = Buffer.alloc(2 ** 20);
  let reading: Promise<void> = Promise.resolve();
  const readOn = (): void => {
    reading = reading.then(async () => {
      for (;;) {
        const { bytesRead } = await file!.read(chunk);
        if (bytesRead === 0) return;
        onBytes(chunk.subarray(0, bytesRead));
      }
    });
  };
  const watcher = watch(path, readOn);
  readOn();
  return {
    async close() {
      watcher.close();
      await reading;
      await file!.close();
    },
  };
}
