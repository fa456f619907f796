import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";

import { aJob, anAttempt, aPipeline } from "../../testing/builders.ts";
import { startFakeServer } from "../../testing/fake-server.ts";
import { runFmg, startFmgOnTerminal } from "../../testing/run-fmg.ts";

// Each test starts processes, and a busy machine starts them slowly.
jest.setTimeout(60_000);

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "fmg-artifacts-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function anArtifact(id: number, path: string, bytes: string, nodeIndex = 0) {
  return {
    id,
    path,
    bytes,
    nodeIndex,
    sizeBytes: bytes.length,
    url: `http://fmg.test/api/v1/artifacts/${id}`,
  };
}

const jobs = [
  aJob({ id: 50, name: "build" }),
  aJob({ id: 51, name: "test", attempts: [anAttempt({ id: 510 }), anAttempt({ id: 511, nodeIndex: 1 })] }),
];
const artifacts = new Map([
  [50, [anArtifact(1, "dist/app.js", "x".repeat(3400)), anArtifact(2, "notes.txt", "built")]],
  [51, [anArtifact(3, "report.xml", "<a/>"), anArtifact(4, "report.xml", "<b/>", 1)]],
]);
const serving = { pipelines: [aPipeline()], jobs, artifacts };

function files(): Record<string, string> {
  const found = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = found.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(cwd.length + 1), readFileSync(path, "utf8")]));
}

test("fmg artifacts list has a line for each file: its job and node, its size, its path (R-PAR-4)", async () => {
  await using server = await startFakeServer(serving);
  const list = (...words: string[]) =>
    runFmg(["artifacts", "list", "5", ...words, "--server-url", server.url]);
  const [all, some, none] = await Promise.all([
    list(),
    list("test", "--glob", "*.xml", "-q"),
    list("--glob", "*.png"),
  ]);
  expect(all).toEqual({
    code: 0,
    stdout:
      "build          3.4 KB  dist/app.js\n" +
      "build             5 B  notes.txt\n" +
      "test (node 0)     4 B  report.xml\n" +
      "test (node 1)     4 B  report.xml\n",
    stderr: "",
  });
  expect(some.stdout).toBe("3\n4\n");
  expect(none).toEqual({ code: 0, stdout: "", stderr: "No artifacts that match *.png in pipeline 5.\n" });
});

test("fmg artifacts get writes each job's files into a folder of its own, and each node's (R-PAR-4)", async () => {
  await using server = await startFakeServer(serving);
  const all = await runFmg(["artifacts", "get", "5", "--server-url", server.url], { cwd });
  expect(all).toMatchObject({ code: 0, stderr: "4 files, 3.4 KB\n" });
  expect(files()).toEqual({
    "fmg-artifacts-5/build/dist/app.js": "x".repeat(3400),
    "fmg-artifacts-5/build/notes.txt": "built",
    "fmg-artifacts-5/test/node-0/report.xml": "<a/>",
    "fmg-artifacts-5/test/node-1/report.xml": "<b/>",
  });
});

test("of one job the files stand in the folder itself; what no pattern matches is an error", async () => {
  await using server = await startFakeServer(serving);
  const get = (...flags: string[]) =>
    runFmg(["artifacts", "get", "5", "build", "--server-url", server.url, ...flags], { cwd });
  const some = await get("--out", "here", "--glob", "**/*.js", "--json");
  const none = await get("--glob", "*.png");
  expect(JSON.parse(some.stdout)).toMatchObject({
    items: [
      { id: 1, path: "dist/app.js", job: { id: 50, name: "build" }, file: join("here", "dist", "app.js") },
    ],
    next: null,
  });
  expect(Object.keys(files())).toEqual(["here/dist/app.js"]);
  expect(none).toMatchObject({ code: 5, stdout: "" });
});

test("no name and no link leads a fetched file out of the folder (SEC-15)", async () => {
  const evil = [
    anArtifact(1, "../up.txt", "evil"),
    anArtifact(2, "/etc/abs.txt", "evil"),
    anArtifact(3, "a/../../up.txt", "evil"),
    anArtifact(4, "esc\u001b[2J.txt", "evil"),
    anArtifact(5, "good.txt", "good"),
    anArtifact(6, "link/through.txt", "evil"),
  ];
  await using server = await startFakeServer({
    ...serving,
    jobs: [jobs[0]!],
    artifacts: new Map([[50, evil]]),
  });
  const get = (...flags: string[]) =>
    runFmg(["artifacts", "get", "5", "--server-url", server.url, "--out", "out", ...flags], { cwd });

  const named = await get();
  const outside = mkdtempSync(join(tmpdir(), "fmg-outside-"));
  rmSync(join(cwd, "out", "link"), { recursive: true });
  symlinkSync(outside, join(cwd, "out", "link"));
  const linked = await get("--glob", "link/*");

  expect(named.code).toBe(1);
  expect(named.stderr).toContain("Error: 4 artifacts have names that cannot be a file's here");
  expect(linked).toMatchObject({ code: 1, stdout: "" });
  expect(readdirSync(outside)).toEqual([]);
  expect(files()).toEqual({ "out/good.txt": "good" });
  rmSync(outside, { recursive: true });
});

test("on a terminal a transfer that takes its time shows how far it is, and leaves no trace of that", async () => {
  const state = { ...serving, artifacts: new Map([[50, [anArtifact(1, "big.bin", "x".repeat(8000))]]]) };
  await using server = await startFakeServer({
    ...state,
    // A piece whenever the bar may be drawn next, until it was seen.
    sendSlowly(response, bytes) {
      response.write(bytes.slice(0, 2000));
      const timer = setInterval(() => response.write(bytes.slice(2000, 2001)), 110);
      release = () => {
        clearInterval(timer);
        response.end(bytes.slice(2001));
      };
    },
  });
  let release = (): void => undefined;
  const args = ["artifacts", "get", "5", "build", "--server-url", server.url];
  const running = startFmgOnTerminal(args, { cwd, columns: 80 });
  await running.sees(Buffer.from("2.0 KB of 8.0 KB").toString("latin1"));
  release();
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  const redrawn = "\r\u001b[K";
  expect(stdout).toContain(`${redrawn}${"█".repeat(5)}${"░".repeat(15)}   25 %  2.0 KB of 8.0 KB  `);
  expect(stdout.endsWith(`${redrawn}fmg-artifacts-5/big.bin\r\n1 file, 8.0 KB\r\n`)).toBe(true);
});
