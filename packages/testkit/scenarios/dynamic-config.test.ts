import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Docker from "dockerode";
import { awaitState } from "../src/await-state.ts";
import { buildProgramImage } from "../src/images/program-image.ts";
import { runLocally, serverOutcome } from "../src/run-locally.ts";
import { startStack, type Push, type Stack } from "../src/stack.ts";

const image = "fmg-test/continuing:local";
/** Orbs of the public ones' names and parameters, with a text of our own. */
const orbs = {
  "circleci__continuation@9.0.0.yml": `version: 2.1
commands:
  continue:
    parameters:
      configuration_path: {type: string}
      parameters: {type: string, default: "{}"}
      circleci_domain: {type: string, default: circleci.com}
    steps:
      - run:
          name: Continue
          environment:
            FILE: << parameters.configuration_path >>
            PARAMETERS: << parameters.parameters >>
            DOMAIN: << parameters.circleci_domain >>
          command: continue-pipeline "$DOMAIN" "$FILE" "$PARAMETERS"
  finish:
    parameters:
      circleci_domain: {type: string, default: circleci.com}
    steps:
      - run:
          name: Finish
          environment: {DOMAIN: << parameters.circleci_domain >>}
          command: |
            echo '{version: 2, jobs: {}, workflows: {version: 2}}' >/tmp/nothing.yml
            continue-pipeline "$DOMAIN" /tmp/nothing.yml
`,
  "circleci__path-filtering@9.0.0.yml": `version: 2.1
orbs: {continuation: circleci/continuation@9}
jobs:
  filter:
    parameters:
      mapping: {type: string}
      config-path: {type: string, default: .circleci/continue_config.yml}
      circleci_domain: {type: string, default: circleci.com}
    docker: [{image: "${image}"}]
    steps:
      - checkout: {method: full}
      - run:
          name: Which paths changed
          environment: {MAPPING: << parameters.mapping >>}
          command: |
            git -c safe.directory='*' diff --name-only HEAD~1 HEAD >/tmp/changed
            echo "$MAPPING" | while read -r path name value; do
              if [ -n "$path" ] && grep -qxE "$path" /tmp/changed; then printf '"%s": %s\\n' "$name" "$value"; fi
            done >/tmp/pairs
            echo "{$(paste -sd , /tmp/pairs)}" | tee /tmp/parameters.json
      - continuation/continue:
          configuration_path: << parameters.config-path >>
          parameters: /tmp/parameters.json
          circleci_domain: << parameters.circleci_domain >>
`,
};

/** DOMAIN FILE [PARAMETERS or a file of them]: tries until there is an answer, prints it, and fails where it is not 200. */
const client = `#!/bin/bash
set -eo pipefail
parameters=\${3:-{\\}}
if [ -f "$parameters" ]; then parameters=$(cat "$parameters"); fi
text=$(awk '{gsub(/\\\\/, "\\\\\\\\"); gsub(/"/, "\\\\\\""); printf "%s\\\\n", $0}' "$2")
body="{\\"continuation-key\\": \\"$CIRCLE_CONTINUATION_KEY\\", \\"configuration\\": \\"$text\\", \\"parameters\\": $parameters}"
echo "$body"
until answer=$(printf 'POST /api/v2/pipeline/continue HTTP/1.1\\r\\nHost: %s\\r\\nContent-Length: %d\\r\\n\\r\\n%s' \\
  "$1" "$(printf %s "$body" | wc -c)" "$body" |
  openssl s_client -quiet -verify_return_error -verify_hostname "\${1%:*}" -CAfile "$SSL_CERT_FILE" -connect "$1" 2>/dev/null) &&
  [ -n "$answer" ]; do
  tries=$((tries + 1)); [ $tries -lt 100 ]; sleep 0.2
done
echo "$answer" | tail -n 1
case $answer in "HTTP/1.1 200 "*) ;; *) exit 1 ;; esac
`;

let stack: Stack;
let folder: string;
let removeImage: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-orbs-"));
  for (const [name, text] of Object.entries(orbs)) await writeFile(join(folder, name), text);
  const made = await buildProgramImage({
    name: image,
    base: "bash",
    programs: { "/bin/git": "git", "/bin/openssl": "openssl" },
    scripts: { "/bin/continue-pipeline": client },
  });
  removeImage = () => made.remove();
  const env = { FMG_ORBS_DIR: folder, FMG_DYNAMIC_CONFIG: "octo/paths,octo/dynamic" };
  stack = await startStack({ env });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await removeImage();
  await rm(folder, { recursive: true });
}, 60_000);

const setup = (steps: string, more = "") => `version: 2.1
setup: true
orbs: {continuation: circleci/continuation@9}
${more}jobs:
  prepare:
    docker: [{image: "${image}"}]
    steps:
${steps.replaceAll(/^/gm, "      ")}
workflows: {setup: {jobs: [prepare]}}
`;

const continuing = (name: string) =>
  `- checkout\n- continuation/continue: {configuration_path: .circleci/${name}.yml}`;

const job = (command: string) =>
  `{docker: [{image: "fmg-test/busybox:local"}], steps: [{run: {name: Tell, command: '${command}'}}]}`;

/** Pushes a setup config of these steps, with further configs beside it. */
const pushSetup = (...of: Parameters<typeof setupFiles>): Promise<Push> =>
  stack.push("octo/dynamic", { files: setupFiles(...of) });

const setupFiles = (steps: string, files: Record<string, string> = {}, more = "") => ({
  ".circleci/config.yml": setup(steps, more),
  ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`.circleci/${name}.yml`, text])),
});

/** `fmg run` comes to the same as the server did, and its jobs say the same of their continuation. */
async function expectSameLocally(
  pipelineId: number,
  of: Parameters<typeof setupFiles>,
  args: readonly string[] = [],
): Promise<void> {
  const repository = "octo/dynamic";
  const answers = (log: string) => log.match(/\{"message":.*/g);
  await runLocally(setupFiles(...of), { repository, args, env: { FMG_ORBS_DIR: folder } }, async (local) => {
    expect(local.outcome).toEqual(await serverOutcome(stack, pipelineId));
    const log = await local.jobLog("prepare");
    expect(answers(log)).toEqual(answers(await stack.jobLog(pipelineId, "prepare")));
  });
}

const jobsOf = async (id: number) =>
  (await stack.jobs(id)).map(({ workflow, name, status }) => `${workflow.name}/${name} ${status}`);

const after = `version: 2.1
jobs: {after: ${job("echo pipeline << pipeline.number >> at << pipeline.git.revision >>")}}
workflows: {after: {jobs: [after]}}
`;

test("path filtering runs what changed, in the same pipeline, and shows its key nowhere (R-DYN-1, R-DYN-2, R-DYN-5, R-DYN-13, R-DYN-15)", async () => {
  const files = {
    ".circleci/config.yml": `version: 2.1
setup: true
orbs: {path-filtering: circleci/path-filtering@9}
workflows:
  setup:
    jobs:
      - path-filtering/filter:
          mapping: |
            docs/.* docs true
            src/.* code true
`,
    ".circleci/continue_config.yml": `version: 2.1
parameters:
  docs: {type: boolean, default: false}
  code: {type: boolean, default: false}
jobs:
  docs: ${job("echo docs of pipeline << pipeline.number >>")}
  code: ${job("echo code")}
workflows:
  docs: {when: << pipeline.parameters.docs >>, jobs: [docs]}
  code: {when: << pipeline.parameters.code >>, jobs: [code]}
`,
  };
  await stack.push("octo/paths", { files: { "README.md": "first" } });
  await stack.push("octo/paths", { files: { ...files, "docs/a.md": "a", "src/a.c": "a" } });
  const { pipelineId, sha } = await stack.push("octo/paths", {
    files: { ...files, "docs/a.md": "b", "src/a.c": "a" },
    message: "Another word",
  });

  const { number } = await stack.waitForPipeline(pipelineId, "success", 90_000);

  expect((await jobsOf(pipelineId)).sort()).toEqual([
    "docs/docs success",
    "setup/path-filtering/filter success",
  ]);
  expect(await stack.jobLog(pipelineId, "docs")).toContain(`docs of pipeline ${number}`);
  const log = await stack.jobLog(pipelineId, "path-filtering/filter");
  expect(log).toContain('"continuation-key": "****"');
  expect(log).toContain('{"message":"ok"}');
  await stack.github.waitForStatus({ sha, context: "fmg", state: "success" }, 20_000);
}, 180_000);

test("a setup that ends the pipeline, or continues with nothing, is all of it (R-DYN-8, R-DYN-14)", async () => {
  const none = await pushSetup("- run: echo nothing to do");
  const finished = await pushSetup("- continuation/finish");

  await stack.waitForPipeline(none.pipelineId, "success");
  await stack.waitForPipeline(finished.pipelineId, "success");

  expect(await jobsOf(none.pipelineId)).toEqual(["setup/prepare success"]);
  expect(await jobsOf(finished.pipelineId)).toEqual(["setup/prepare success"]);
  expect(await stack.jobLog(finished.pipelineId, "prepare")).toContain('{"message":"ok"}');
  await expectSameLocally(none.pipelineId, ["- run: echo nothing to do"]);
  await expectSameLocally(finished.pipelineId, ["- continuation/finish"]);
}, 120_000);

test.each([
  [
    "that is a setup config again (R-DYN-4)",
    setup("- run: echo again"),
    "a continuation cannot have `setup: true`",
  ],
  ["with a mistake (R-DYN-9)", after.replace("[after]", "[afterwards]"), "afterwards"],
])(
  "a continuation %s is accepted, and ends the pipeline in error",
  async (_says, text, message) => {
    const { pipelineId } = await pushSetup(continuing("next"), { next: text });

    const pipeline = await stack.waitForPipeline(pipelineId, "error");

    expect(pipeline).toMatchObject({ reason: "config_invalid", message: expect.stringContaining(message) });
    expect(pipeline.diagnostics.map((found) => found.message).join()).toContain(message);
    expect(await jobsOf(pipelineId)).toEqual(["setup/prepare success"]);
    await expectSameLocally(pipelineId, [continuing("next"), { next: text }]);
  },
  120_000,
);

test("a pipeline is continued once, the same request may come again, and its setup is not run again (R-DYN-4, R-DYN-12)", async () => {
  const again = "- continuation/continue: {configuration_path: .circleci/next.yml}\n- continuation/finish";
  const files = { next: after };
  const { pipelineId } = await pushSetup(`${continuing("next")}\n${again}`, files);

  await stack.waitForPipeline(pipelineId, "failure");

  expect(await jobsOf(pipelineId)).toEqual(["setup/prepare failure", "after/after success"]);
  const log = await stack.jobLog(pipelineId, "prepare");
  expect(log.match(/\{"message":.*/g)).toEqual([
    '{"message":"ok"}',
    '{"message":"ok"}',
    '{"message":"The pipeline was continued before: that can be done once."}',
  ]);
  await expectSameLocally(pipelineId, [`${continuing("next")}\n${again}`, files]);
  const [prepare, afterIt] = await stack.jobs(pipelineId);
  const rerun = (id: number) => stack.client.rerunWorkflow({ params: { id }, body: { from: "start" } });
  await expect(rerun(prepare!.workflow.id)).rejects.toThrow(/was continued already/);
  await rerun(afterIt!.workflow.id);
  await stack.waitForPipeline(pipelineId, "failure");
}, 150_000);

test("parameters of the trigger reach both configs, and no call takes them back (R-DYN-5, R-DYN-6, R-DYN-7)", async () => {
  const declared = "parameters: {p: {type: string, default: x}, q: {type: string, default: y}}\n";
  const next = `version: 2.1
${declared}jobs: {after: ${job("echo p is << pipeline.parameters.p >> and q is << pipeline.parameters.q >>")}}
workflows: {after: {jobs: [after]}}
`;
  const steps = `- checkout
- run: continue-pipeline fmg.internal:4439 .circleci/next.yml '{"p":"call"}' || echo refused
- run: continue-pipeline fmg.internal:4439 .circleci/next.yml '{"q":"call"}'`;
  const first = await pushSetup(steps, { next }, declared);
  await stack.waitForPipeline(first.pipelineId, "failure");
  const { id } = await stack.client.triggerPipeline({
    params: { owner: "octo", name: "dynamic" },
    body: { parameters: { p: "trigger" } },
  });

  await stack.waitForPipeline(id, "success");

  const log = await stack.jobLog(id, "prepare");
  expect(log.match(/\{"message":.*/g)).toEqual([
    '{"message":"Conflicting pipeline parameters."}',
    '{"message":"ok"}',
  ]);
  expect(await stack.jobLog(id, "after")).toContain("p is trigger and q is call");
  await expectSameLocally(id, [steps, { next }, declared], ["--param", "p=trigger", "--event", "api"]);
}, 150_000);

test("a project for which the operator switched it off has no setup config (R-DYN-3)", async () => {
  const { pipelineId } = await stack.push("octo/static", {
    files: { ".circleci/config.yml": setup("- run: echo never") },
  });

  const { message } = await stack.waitForPipeline(pipelineId, "error");

  expect(message).toContain("FMG_DYNAMIC_CONFIG");
}, 60_000);

test("a setup job whose orchestrator is killed twice continues its pipeline under the next, with the key that it began with (R-DYN-2)", async () => {
  const steps = `- checkout
- run: |
    echo "began with $(echo "$CIRCLE_CONTINUATION_KEY" | sha256sum)"
    until [ -e /fmg/task/go ]; do sleep 0.1; done
    continue-pipeline fmg.internal:4439 .circleci/next.yml
- run: echo "went on with $(echo "$CIRCLE_CONTINUATION_KEY" | sha256sum)"`;
  const { pipelineId } = await pushSetup(steps, { next: after });
  const said = (words: string) =>
    awaitState({
      what: `the setup job to say "${words}"`,
      read: () => stack.jobLog(pipelineId, "prepare").catch(() => ""),
      judge: (log) => (log.includes(words) ? "reached" : "waiting"),
      deadlineMs: 60_000,
    });
  await said("began with");

  await stack.killOrchestrator();
  const containers = await new Docker().listContainers({
    filters: { label: [`fmg.instance=${stack.instance}`] },
  });
  const exec = await new Docker()
    .getContainer(containers[0]!.Id)
    .exec({ Cmd: ["touch", "/fmg/task/go"], AttachStdout: true });
  await exec.start({});
  await stack.startOrchestrator();
  await said('{"message":"ok"}');
  await stack.killOrchestrator();
  await stack.startOrchestrator();

  await stack.waitForPipeline(pipelineId, "success", 90_000);
  expect((await jobsOf(pipelineId)).sort()).toEqual(["after/after success", "setup/prepare success"]);
  const log = await stack.jobLog(pipelineId, "prepare");
  const digest = /began with (\S+)/.exec(log)![1]!;
  expect(log.match(new RegExp(digest, "g"))).toHaveLength(2);
  expect(log.match(/began with/g)).toHaveLength(1);
}, 240_000);

// The public orbs are their authors', and stand outside of this repository: see docs/testing.md.
const corpus = process.env["FMG_CORPUS"];
const publicly = corpus === undefined ? undefined : join(corpus, "orbs");

if (publicly === undefined) {
  test("the public orbs' own texts are run where FMG_CORPUS names them", () => {
    expect(corpus).toBeUndefined();
  });
} else {
  test("the public orbs' own texts filter paths and continue, unchanged (R-DYN-12, R-DYN-13, R-DYN-15)", async () => {
    const tools = await buildProgramImage({
      name: "fmg-test/continuing-tools:local",
      base: "bash",
      programs: Object.fromEntries(
        ["git", "curl", "jq", "grep"].map((name) => [`/usr/local/bin/${name}`, name]),
      ),
      // Merges configs; here there is one.
      scripts: { "/usr/local/bin/yq": '#!/bin/sh\nshift 2; exec cat "$@"\n' },
      lines: ["ENV PATH=/usr/local/bin:/bin"],
    });
    const other = await startStack({ env: { FMG_ORBS_DIR: publicly } });
    try {
      const files = {
        ".circleci/config.yml": `version: 2.1
setup: true
orbs: {path-filtering: circleci/path-filtering@2.1.0}
executors: {tools: {docker: [{image: "fmg-test/continuing-tools:local"}]}}
workflows:
  setup:
    jobs:
      - path-filtering/filter:
          executor: tools
          base-revision: main
          mapping: |
            docs/.* docs true
            src/.* code true
`,
        ".circleci/continue_config.yml": `version: 2.1
parameters:
  docs: {type: boolean, default: false}
  code: {type: boolean, default: false}
jobs: {docs: ${job("echo docs")}, code: ${job("echo code")}}
workflows:
  docs: {when: << pipeline.parameters.docs >>, jobs: [docs]}
  code: {when: << pipeline.parameters.code >>, jobs: [code]}
`,
      };
      await other.push("octo/public", { files: { ...files, "docs/a.md": "a", "src/a.c": "a" } });
      const { pipelineId } = await other.push("octo/public", {
        files: { ...files, "docs/a.md": "b", "src/a.c": "a" },
      });
      await other.waitForPipeline(pipelineId, "success", 90_000).catch(async (error: unknown) => {
        throw new Error(await other.jobLog(pipelineId, "path-filtering/filter"), { cause: error });
      });
      const ran = (await other.jobs(pipelineId)).map(({ workflow, name }) => `${workflow.name}/${name}`);
      expect(ran.sort()).toEqual(["docs/docs", "setup/path-filtering/filter"]);
      expect(await other.jobLog(pipelineId, "path-filtering/filter")).toContain('"continuation-key": "****"');
    } finally {
      await other.stop();
      await tools.remove();
    }
  }, 240_000);
}
