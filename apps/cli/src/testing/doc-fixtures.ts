import { readFileSync } from "node:fs";
import type { Diff, EncryptionKey, Job, Why } from "@fmg/client";

import { aCache, aJob, anAttempt, aPipeline, aProject, aTest } from "./builders.ts";
import { noSecrets } from "./fake-secrets.ts";
import type { ServerState } from "./fake-server.ts";

/** What is there when the samples of docs/cli.md are run. */
interface Fixture {
  readonly server?: Partial<ServerState>;
  /** By their names in the working directory. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether anybody answers. */
  readonly isServed?: boolean;
}

/** The fixture of a section, or of the block in it that begins with a command. */
export function fixtureOf(section: string, firstCommand: string): Fixture {
  const own = fixtures[firstCommand] ?? fixtures[section.split(" <")[0]!] ?? {};
  return { ...own, server: { ...asUsual(), ...own.server } };
}

const jobs = (...more: Job[]): Job[] => [aJob({ id: 50, name: "build" }), ...more];
const failedTest = aJob({ id: 51, name: "test", status: "failure" });
const deploy = aJob({ id: 52, name: "deploy", status: "skipped", attempts: [] });
const twoNodes = aJob({
  id: 51,
  name: "test",
  status: "failure",
  attempts: [anAttempt({ id: 510 }), anAttempt({ id: 511, nodeIndex: 1 })],
});

/** Two pipelines, of which the newer one has three jobs. */
function asUsual(): Partial<ServerState> {
  return {
    pipelines: [
      aPipeline({ id: 5 }),
      aPipeline({
        id: 4,
        sha: "d4e5f6a7b8c90718293a4b5c6d7e8f9001122334",
        branch: "feature/login",
        status: "failure",
        createdAt: "2024-05-31T18:21:10.000Z",
        finishedAt: null,
      }),
    ],
    jobs: jobs(failedTest, deploy),
  };
}

function anArtifact(id: number, path: string, bytes: string, nodeIndex = 0) {
  const url = `http://localhost:5000/api/v1/artifacts/${id}`;
  return { id, path, bytes, nodeIndex, sizeBytes: bytes.length, url };
}

const range = { file: ".circleci/config.yml", start: { line: 31, column: 9 }, end: { line: 31, column: 12 } };
const whyDeploy: Why = {
  job: { id: 52, name: "deploy" },
  status: "skipped",
  causes: [
    {
      kind: "requires",
      message:
        'requires "test" to be success (.circleci/config.yml:31:9), and it ended as failure: npm test: exit code 1',
      rule: "R-REQ-4",
      range,
    },
  ],
};

const side = { sha: "09fe1aa".padEnd(40, "0"), branch: "main", tag: null, status: "success" } as const;
const diff: Diff = {
  before: { ...side, id: 4, subject: "Add a cart" },
  after: { ...side, id: 5, sha: "a1b2c3d".padEnd(40, "0"), status: "failure", subject: "Fix the parser" },
  parameters: [],
  orbs: [],
  jobs: [
    {
      workflow: "main",
      name: "test",
      change: "kept",
      status: { before: "success", after: "failure" },
      durationMs: { before: 1_000, after: 1_000 },
      config: [],
      images: [{ position: 0, before: "cimg/node@sha256:1f…", after: "cimg/node@sha256:8c…" }],
      variables: { added: [], removed: [] },
      contexts: { added: [], removed: [] },
      caches: [],
      newlyFailing: [{ name: "adds up", classname: "", file: "test/cart.test.js", message: null }],
    },
  ],
};

const rotating: EncryptionKey = { newest: "4f1d", older: ["a07c"], remaining: 2, missing: [] };

const brokenConfig = `version: 2.1








jobs:
  build:
    stesp:
      - checkout
    docker: [{ image: cimg/node:24.11 }]
    steps: [checkout]
workflows:
  main:
    jobs: [build]
`;

/** `deploy` is invoked in line 31. */
const config = `version: 2.1
commands:
  install:
    parameters:
      with: { type: string, default: npm ci }
    steps:
      - run: << parameters.with >>




jobs:
  build:
    docker: [{ image: cimg/node:24.11 }]
    steps: [checkout, install]
  test:
    docker: [{ image: cimg/node:24.11 }]
    steps: [checkout, run: npm test]
  deploy:
    docker: [{ image: cimg/node:24.11 }]
    steps: [checkout, run: ./deploy.sh]


workflows:
  main:
    jobs:
      - build
      - test: { requires: [build] }


      - deploy:
          filters: { branches: { only: main } }
          requires: [test]
`;

const packageFile = new URL("../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { readonly version: string };

const fixtures: Readonly<Record<string, Fixture>> = {
  "Which server, and the token": { server: { token: "t0ken" }, files: { token: "t0ken\n" } },
  "fmg run --dry-run --job test": { files: { ".circleci/config.yml": config } },
  "fmg trigger": { server: { pipelines: [aPipeline({ id: 12 })] } },
  "fmg repo list": {
    server: { projects: [aProject({ name: "new", pipelines: 1, lastPipelineAt: null }), aProject()] },
  },
  "fmg cache": { server: { caches: [aCache()] } },
  "fmg tests": {
    server: {
      jobs: jobs(twoNodes),
      tests: new Map([
        [
          51,
          [
            aTest({
              id: 7,
              name: "takes away",
              nodeIndex: 1,
              result: "failure",
              durationMs: 1234,
              message: "expected 1\nat line 3",
              flaky: true,
            }),
            aTest({ id: 8 }),
            aTest({ id: 9, name: "later", result: "skipped" }),
          ],
        ],
      ]),
    },
  },
  "fmg artifacts": {
    server: {
      jobs: jobs(twoNodes),
      artifacts: new Map([
        [50, [anArtifact(1, "dist/app.js", "x".repeat(3400)), anArtifact(2, "notes.txt", "built")]],
        [51, [anArtifact(3, "report.xml", "<a/>"), anArtifact(4, "report.xml", "<b/>", 1)]],
      ]),
    },
  },
  "fmg configure": {
    server: {
      runners: [
        { id: 1, host: "localhost", status: "active", addedAt: "2024-06-01T12:00:00.000Z", lastSeenAt: null },
      ],
    },
  },
  "fmg secret": { files: { token: "npm_0123456789abcdef\n" } },
  "fmg context": { files: { "key.txt": "AKIA0123456789ABCx7Qz\n" } },
  "fmg admin rotate-key": {
    server: { secrets: { ...noSecrets(), keyStates: [rotating, { ...rotating, older: [], remaining: 0 }] } },
  },
  "fmg cancel": {
    server: {
      jobs: jobs(
        aJob({ id: 51, name: "test", status: "running" }),
        aJob({ id: 52, name: "deploy", status: "blocked" }),
      ),
    },
  },
  "fmg approve": {
    server: { jobs: jobs(aJob({ id: 51, name: "hold", kind: "approval", status: "on_hold", attempts: [] })) },
  },
  "fmg why": { server: { whys: [whyDeploy] } },
  "fmg diff": { server: { diff } },
  "fmg rerun": {
    server: { jobs: jobs(failedTest).map((job) => ({ ...job, workflow: { id: 1, name: "main" } })) },
  },
  "fmg config": { files: { ".circleci/config.yml": config } },
  "fmg config validate": { files: { ".circleci/config.yml": brokenConfig } },
  "fmg admin status and fmg version": { server: { version } },
  "Errors and exit codes": { isServed: false },
};
