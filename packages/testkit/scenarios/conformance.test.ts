import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { approveHold } from "../src/approve-hold.ts";
import { runLocally, serverOutcome } from "../src/run-locally.ts";
import { startStack, type Stack } from "../src/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.stop(), 60_000);

interface Case {
  readonly name: string;
  readonly config: string;
  /** What the server's pipeline comes to; on hold, it is approved. */
  readonly status: string;
  readonly args?: readonly string[];
}

const image = "docker: [{image: fmg-test/busybox:local}]";

/** Lines of jobs that begin with `say: ` are compared too. */
const cases: readonly Case[] = [
  {
    name: "requirements that ask for other ends than success, no-op jobs, a matrix and what it leaves out (R-REQ-2)",
    status: "failure",
    config: `
jobs:
  bad: {${image}, steps: [run: exit 3]}
  clean: {${image}, steps: [run: "echo say: cleaned"]}
  join: {type: no-op}
  never: {type: no-op}
  each:
    parameters: {a: {type: integer}, b: {type: string}}
    ${image}
    steps: [run: "echo say: << parameters.a >> << parameters.b >>"]
workflows:
  main:
    jobs:
      - bad
      - clean: {requires: [{bad: failed}]}
      - join: {requires: [clean]}
      - each: {requires: [join], matrix: {parameters: {a: [1, 2], b: [x, y]}, exclude: [{a: 1, b: y}]}}
      - never: {requires: [bad]}`,
  },
  {
    name: "steps that run on failure, in the background, after a halt, with tries, and with a time limit",
    status: "failure",
    config: `
jobs:
  conditions:
    ${image}
    steps:
      - run: {name: background, command: "while :; do sleep 1; done", background: true}
      - run: "echo say: one"
      - run: {name: fails, command: exit 4}
      - run: "echo say: never"
      - run: {name: on fail, command: "echo say: on fail", when: on_fail}
      - run: {name: always, command: "echo say: always", when: always}
  halts: {${image}, steps: [run: circleci-agent step halt, run: "echo say: never"]}
  tries:
    ${image}
    steps: [run: {name: tries, command: "echo x >>/tmp/n; echo say: $(wc -l </tmp/n); [ $(wc -l </tmp/n) = 3 ]", max_auto_reruns: 3}]
  silent: {${image}, steps: [run: {name: silent, command: sleep 60, no_output_timeout: 1s}]}
workflows: {main: {jobs: [conditions, halts, tries, silent]}}`,
  },
  {
    name: "variables of all kinds, and nodes of a job (R-ENV-1, R-PAR-1)",
    status: "success",
    config: `
parameters: {who: {type: string, default: all}}
jobs:
  variables:
    ${image}
    parallelism: 2
    environment: {JOB: job, BOTH: job}
    steps:
      - checkout
      - run:
          command: |
            echo "say: $JOB $BOTH $STEP $CIRCLE_NODE_INDEX/$CIRCLE_NODE_TOTAL $CIRCLE_BRANCH $CIRCLE_JOB $CI"
            echo "say: << pipeline.parameters.who >> << pipeline.git.branch >> << pipeline.trigger_source >> $CIRCLE_PROJECT_REPONAME"
            [ "$(cat .git/HEAD)" = "ref: refs/heads/main" ] && echo "say: on main $CIRCLE_WORKING_DIRECTORY"
            echo 'export LATER=kept' >>"$BASH_ENV"
          environment: {BOTH: step, STEP: step}
      - run: {shell: sh, command: "echo say: $BOTH"}
workflows: {main: {jobs: [variables]}}`,
  },
  {
    name: "caches, and workspaces that two jobs fight over (R-WS-5)",
    status: "failure",
    config: `
jobs:
  one: {${image}, steps: [run: mkdir /tmp/w && echo one >/tmp/w/f, persist_to_workspace: {root: /tmp/w, paths: [f]}]}
  two: {${image}, steps: [run: mkdir /tmp/w && echo two >/tmp/w/f && echo >/tmp/w/g, persist_to_workspace: {root: /tmp/w, paths: [f, g]}]}
  fine: {${image}, steps: [attach_workspace: {at: /tmp/a}, run: "echo say: $(cat /tmp/a/f)"]}
  fight: {${image}, steps: [attach_workspace: {at: /tmp/a}, run: "echo say: never"]}
  caches:
    ${image}
    steps:
      - restore_cache: {keys: ['v1-{{ .Branch }}-{{ arch }}', v1-]}
      - run: echo kept >/tmp/kept
      - save_cache: {key: 'v1-{{ .Branch }}-{{ arch }}', paths: [/tmp/kept]}
      - restore_cache: {key: v1-main}
      - run: "echo say: $(cat /tmp/kept)"
workflows:
  main: {jobs: [one, two, {fine: {requires: [one]}}, {fight: {requires: [one, two]}}, caches]}`,
  },
  {
    name: "approvals, serial groups, locks, and workflows that a condition leaves out (R-APR-3, R-SER-2)",
    status: "success",
    args: ["--yes"],
    config: `
jobs:
  lock: {type: lock, key: env}
  unlock: {type: unlock, key: env}
  deploy: {${image}, steps: [run: "echo say: deployed"]}
workflows:
  main:
    jobs:
      - hold: {type: approval}
      - lock: {requires: [hold]}
      - deploy: {requires: [lock]}
      - unlock: {requires: [deploy]}
  other:
    jobs:
      - deploy: {name: first, serial-group: one}
      - deploy: {name: second, serial-group: one}
  never:
    when: << pipeline.git.tag >>
    jobs: [deploy]`,
  },
  {
    name: "a workflow that starts again by itself and fails for good (R-ARR-1)",
    status: "failure",
    config: `
jobs:
  good: {${image}, steps: [run: "echo say: good"]}
  bad: {${image}, steps: [run: exit 1]}
workflows: {main: {max_auto_reruns: 1, jobs: [good, bad]}}`,
  },
];

test.each(cases)(
  "the server and `fmg run` come to the same: $name",
  async ({ config, status, args = [] }) => {
    const files = { ".circleci/config.yml": `version: 2.1${config}\n` };
    const repository = `octo/c${cases.findIndex((each) => each.config === config)}`;
    const { pipelineId } = await stack.push(repository, { files });
    if (args.includes("--yes")) await approveHold(stack, pipelineId);
    await stack.waitForPipeline(pipelineId, status);
    const onServer = await serverOutcome(stack, pipelineId);

    await runLocally(files, { repository, args }, async ({ outcome, jobLog }) => {
      expect(outcome).toEqual(onServer);
      for (const job of new Set(Object.keys(onServer.jobs).map((name) => name.split("/")[1]!))) {
        expect({ job, said: said(await jobLog(job)) }).toEqual({
          job,
          said: said(await serverLog(pipelineId, job)),
        });
      }
    });
  },
  90_000,
);

/** Of all nodes. */
async function serverLog(pipelineId: number, name: string): Promise<string> {
  const jobs = (await stack.jobs(pipelineId)).filter((job) => job.name === name);
  const attempts = jobs.flatMap((job) => job.attempts);
  const logs = attempts.map(({ id }) => text(stack.client.readLog({ attemptId: id })));
  return (await Promise.all(logs)).join("");
}

function said(log: string): string[] {
  return log.split("\n").filter((line) => line.startsWith("say: "));
}
