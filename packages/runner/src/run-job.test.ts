import { describe, expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import Docker from "dockerode";

import { aJobPlan, aRun, somewhere } from "../test/plans.ts";
import { secretValue, useRealDocker } from "../test/real-docker.ts";
import { resourceName } from "./names.ts";
import { maskText } from "./output/masker.ts";

const docker = useRealDocker({
  bash: { bash: true },
  sh: {},
  builder: { bash: true, user: "builder" },
  nobody: { user: "65534" },
  sealed: { user: "65534", tmpMode: 0o555 },
});

jest.setTimeout(60_000);

describe("a job", () => {
  test("with steps that succeed is a success, and its log has their output", async () => {
    const plan = aJobPlan(docker.image("bash"), [aRun("echo one"), aRun("echo two; echo three >&2")]);

    const { outcome, log, statuses, recorded } = await docker.run(
      docker.input(plan, { notices: ["Take notice."] }),
    );

    expect(outcome).toEqual({ status: "success" });
    expect(statuses).toEqual(["success", "success", "success"]);
    expect([log(1), log(2)]).toEqual(["one\n", "two\nthree\n"]);
    expect(log(0)).toMatch(/Take notice\.\nImage fmg-test\/.* is here: sha256:.*\nContainer fmg-test-/);
    expect(recorded.events).toContainEqual({
      kind: "image-resolved",
      position: 0,
      image: docker.image("bash"),
      digest: expect.stringMatching(/^sha256:/),
    });
  });

  test("with a failing step is a failure that names the step and its exit code (R-STAT-1, R-STAT-2, R-STAT-4, R-STAT-7, R-RUN-6)", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("echo before; exit 7", { name: "tests" }),
      aRun("echo never"),
      aRun("echo always", { when: "always" }),
      aRun("echo on fail", { when: "on_fail" }),
    ]);

    const { outcome, log, statuses, recorded } = await docker.run(docker.input(plan));

    expect(outcome).toEqual({
      status: "failure",
      reason: "step_failed",
      message: 'Step "tests": Exited with code exit status 7',
    });
    expect(statuses).toEqual(["success", "failure", "skipped", "success", "success"]);
    expect(log(1)).toBe("before\n\nExited with code exit status 7\n");
    expect(log(4)).toBe("on fail\n");
    expect(recorded.progress.get(1)).toMatchObject({ exitCode: 7, durationMs: expect.any(Number) });
  });

  test.each([
    ["the cores that are its own", "0", "1\n"],
    ["any core, when the daemon has not those", "4095", expect.any(String)],
  ])("sees with nproc %s (R-RC-4)", async (_, cpuset, seen) => {
    const input = docker.input(aJobPlan(docker.image("sh"), [aRun("nproc")]));

    const { outcome, log } = await docker.run({ ...input, limits: { ...input.limits, cpuset } });

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toEqual(seen);
  });

  // R-STAT-3
  test("whose only failing step runs always is a failure", async () => {
    const plan = aJobPlan(docker.image("sh"), [
      aRun("true"),
      aRun("false", { when: "always" }),
      aRun("echo late"),
    ]);

    const { outcome, statuses } = await docker.run(docker.input(plan));

    expect(outcome).toMatchObject({ status: "failure" });
    expect(statuses).toEqual(["success", "success", "failure", "skipped"]);
  });

  test("keeps every byte of odd output (R-RUN-9, REL-14)", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun(String.raw`printf 'a\0b\377\376\303\n\r\033[31mred'`),
      aRun("head -c 5000000 /dev/zero | tr '\\0' x"),
      aRun("true"),
    ]);

    const { recorded } = await docker.run(docker.input(plan));

    expect(recorded.logs.get(1)).toEqual(Buffer.from("a\0b\xff\xfe\xc3\n\r\x1b[31mred", "latin1"));
    expect(recorded.logs.get(2)?.equals(Buffer.alloc(5_000_000, "x"))).toBe(true);
    expect(recorded.logs.get(3)).toBeUndefined();
  });

  test("has a step's log cut at the limit with a notice, and the step goes on (REL-13)", async () => {
    const input = docker.input(
      aJobPlan(docker.image("bash"), [
        aRun("head -c 200000 /dev/zero | tr '\\0' x; echo done >/fmg/task/done"),
      ]),
    );

    const { outcome, log } = await docker.run({
      ...input,
      limits: { ...input.limits, maxLogBytesPerStep: 1000 },
    });

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe(
      `${"x".repeat(1000)}\n[The log ends here: the limit of 1000 bytes for a step is reached. The step goes on.]\n`,
    );
    expect((await docker.ask(input.attemptId, "cat /fmg/task/done")).toString()).toBe("done\n");
  });

  // R-HALT-1, R-HALT-2
  test.each([
    ["circleci step halt", "bash"],
    ["circleci-agent step halt", "bash"],
    ["circleci task halt", "builder"],
  ])("ends well after the step that says %s (user of %s; R-HALT-1, R-HALT-3)", async (halt, kind) => {
    const plan = aJobPlan(docker.image(kind), [
      aRun(`${halt}; echo more`),
      aRun("exit 1", { when: "always" }),
    ]);

    const { outcome, statuses, log } = await docker.run(docker.input(plan));

    expect(outcome).toEqual({ status: "success" });
    expect(statuses).toEqual(["success", "success", "skipped"]);
    expect(log(1)).toBe("more\n");
  });

  test("with an image that is nowhere ends in an error that says so, after a few tries", async () => {
    const plan = aJobPlan("localhost:1/fmg-test/none:1", [aRun("true")]);

    const { outcome, statuses, log } = await docker.run(docker.input(plan));

    expect(outcome).toMatchObject({ status: "error", reason: "image_pull_failed" });
    expect(statuses).toEqual(["error", "skipped"]);
    expect(log(0)).toContain("Pulling the image localhost:1/fmg-test/none:1");
    expect(log(0)).toContain("could not be pulled");
  });
});

test("an image whose user may write nowhere has a working directory all the same (R-WD-1)", async () => {
  const plan = aJobPlan(docker.image("sealed"), [
    aRun(
      "pwd; id -u; echo x >file && cat file; for place in / /tmp /root; do [ -w $place ] && echo $place; done; :",
    ),
    aRun("circleci step halt"),
    aRun("echo not reached"),
  ]);

  const { statuses, log } = await docker.run(docker.input({ ...plan, workingDirectory: "/srv/here" }));

  expect(log(1)).toBe("/srv/here\n65534\nx\n");
  expect(statuses).toEqual(["success", "success", "success", "skipped"]);
});

// R-DKR-2
describe("an image whose own process is wanted", () => {
  const withCommand = (command: readonly string[]) => {
    const image = { image: docker.image("bash"), command, environment: [], range: somewhere };
    const executor = { kind: "docker", images: [image], range: somewhere } as const;
    return aJobPlan("", [aRun("tr '\\0' ' ' </proc/1/cmdline")], { executor });
  };

  test("has it as process 1", async () => {
    const { outcome, log } = await docker.run(docker.input(withCommand(["sleep", "1234"])));

    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe("sleep 1234 ");
  });

  test("ends the job in an error when that process does not go on", async () => {
    const { outcome } = await docker.run(docker.input(withCommand(["sh", "-c", "echo no config; exit 1"])));

    expect(outcome).toMatchObject({
      status: "error",
      reason: "container_failed",
      message: expect.stringMatching(
        /own process ended with exit code 1\..* Its last lines:\n {2}no config$/,
      ),
    });
  });
});

describe("a step", () => {
  // R-SH-2, R-RUN-5
  test.each(["bash", "sh"])(
    "stops at the first failing command, also within a pipe, in an image with %s",
    async (kind) => {
      const plan = aJobPlan(docker.image(kind), [
        aRun("false; echo hi"),
        aRun("false | true", { when: "always" }),
        aRun('[ -n "${BASH_VERSION:-}" ] && echo bash || echo sh', { when: "always" }),
      ]);

      const { statuses, log } = await docker.run(docker.input(plan));

      expect(statuses).toEqual(["success", "failure", "failure", "success"]);
      expect(log(1)).toBe("\nExited with code exit status 1\n");
      expect(log(3)).toBe(`${kind}\n`);
    },
  );

  // R-SH-1, R-SH-3
  test("runs in the shell that it or its job asks for", async () => {
    const plan = aJobPlan(
      docker.image("bash"),
      [
        aRun("false; true"),
        aRun("print $0, $1, 40 + 2; exit", { shell: ["awk", "-f"] }),
        aRun("BEGIN { print 40 + 2 }", { shell: ["awk", "-f"] }),
      ],
      { shell: ["/bin/sh"] },
    );

    const { statuses, log } = await docker.run(docker.input(plan));

    expect(statuses).toEqual(["success", "success", "failure", "skipped"]);
    expect(log(2)).toContain("awk");
  });

  test("that asks for a shell which the image does not have fails with 127", async () => {
    const plan = aJobPlan(docker.image("sh"), [aRun("true", { shell: ["/bin/fish"] })]);

    const { recorded, log } = await docker.run(docker.input(plan));

    expect(recorded.progress.get(1)).toMatchObject({ status: "failure", exitCode: 127 });
    expect(log(1)).toContain("/bin/fish");
  });

  // R-ENV-1, R-ENV-2, R-ENV-4, R-DKR-4
  test("sees the environment in the order of precedence, literally (R-ENV-1, R-ENV-2, R-ENV-4)", async () => {
    const image = docker.image("bash");
    const plan = aJobPlan(
      image,
      [
        aRun("echo $FROM_RUN $FROM_JOB $FROM_SECRET $FROM_IMAGE $CI $CIRCLE_BRANCH", {
          environment: [{ name: "FROM_RUN", value: "run" }],
        }),
        aRun('echo "$FROM_RUN|$IFS|$UID_LIKE"', {
          environment: [
            { name: "IFS", value: "x" },
            { name: "UID_LIKE", value: "it's $HOME `id`\nnext" },
          ],
        }),
      ],
      {
        environment: ["FROM_RUN", "FROM_JOB"].map((name) => ({ name, value: "job" })),
        executor: {
          kind: "docker",
          images: [
            {
              image,
              environment: ["FROM_RUN", "FROM_JOB", "FROM_SECRET", "FROM_IMAGE"].map((name) => ({
                name,
                value: "image",
              })),
              range: somewhere,
            },
          ],
          range: somewhere,
        },
      },
    );
    const secrets = ["FROM_RUN", "FROM_JOB", "FROM_SECRET", "CIRCLE_BRANCH"].map((name) => ({
      name,
      value: new Secret("sec"),
    }));
    const builtins = [
      { name: "CI", value: "true" },
      { name: "CIRCLE_BRANCH", value: "main" },
    ];

    const { log } = await docker.run(docker.input(plan, { secrets, builtins }));

    expect(log(1)).toBe("run job sec image true main\n");
    expect(log(2)).toMatch(/^job\|\s*x?\s*\|it's \$HOME `id`\nnext\n$/);
  });

  // R-SH-5
  test.each(["bash", "sh"])("hands variables on through BASH_ENV in an image with %s", async (kind) => {
    const plan = aJobPlan(docker.image(kind), [
      aRun("echo 'export A=1' >>\"$BASH_ENV\""),
      aRun("echo A is $A"),
    ]);

    const { log } = await docker.run(docker.input(plan));

    expect(log(2)).toBe("A is 1\n");
  });

  // R-WD-1, R-WD-2, R-WD-3
  test("runs in the working directory, which is made for its user", async () => {
    const plan = aJobPlan(docker.image("builder"), [
      aRun("pwd; id -u; mkdir sub; touch here"),
      aRun("pwd", { workingDirectory: "sub" }),
      aRun("pwd", { workingDirectory: "~" }),
      aRun("pwd", { workingDirectory: "missing" }),
    ]);

    const { statuses, log } = await docker.run(docker.input(plan));

    expect(log(1)).toBe("/home/builder/project\n1000\n");
    expect(log(2)).toBe("/home/builder/project/sub\n");
    expect(log(3)).toBe("/home/builder\n");
    expect(statuses[4]).toBe("failure");
  });

  test.each([
    ["builder", "/srv/it's here"],
    ["nobody", "~/project"],
  ])(
    "of the user %s may write into a working directory that only root could make",
    async (kind, workingDirectory) => {
      const plan = aJobPlan(docker.image(kind), [aRun("touch file && ls && id -u")], { workingDirectory });

      const { outcome, log } = await docker.run(docker.input(plan));

      expect(outcome).toEqual({ status: "success" });
      expect(log(1)).toBe(`file\n${kind === "builder" ? 1000 : 65534}\n`);
    },
  );

  test("that leaves a daemon behind ends when its shell does (R-RUN-8)", async () => {
    const plan = aJobPlan(docker.image("bash"), [aRun("sleep 300 & echo left"), aRun("echo next")]);

    const { outcome, log } = await docker.run(docker.input(plan));

    expect(outcome).toEqual({ status: "success" });
    expect([log(1), log(2)]).toEqual(["left\n", "next\n"]);
  });
});

describe("a background step", () => {
  test("runs beside the others, and is ended with the job", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("echo up; while :; do sleep 0.1; done", { background: true }),
      aRun("sleep 0.3; echo beside"),
    ]);
    const input = docker.input(plan);

    const { outcome, statuses, log } = await docker.run(input);

    expect(outcome).toEqual({ status: "success" });
    expect(statuses).toEqual(["success", "success", "success"]);
    expect(log(1)).toMatch(/^up\n(Terminated\n)?\nStopped at the end of the job\.\n$/);
    expect(log(2)).toBe("beside\n");
    expect(
      (await docker.ask(input.attemptId, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).toString(),
    ).not.toContain("0.1");
  });

  test("may die without harm to the job", async () => {
    const plan = aJobPlan(docker.image("bash"), [
      aRun("echo dying; exit 9", { background: true }),
      aRun("sleep 0.5"),
    ]);

    const { outcome, statuses, recorded, log } = await docker.run(docker.input(plan));

    expect(outcome).toEqual({ status: "success" });
    expect(statuses).toEqual(["success", "failure", "success"]);
    expect(recorded.progress.get(1)?.exitCode).toBe(9);
    expect(log(1)).toBe("dying\n\nExited with code exit status 9\n");
  });
});

describe("a secret", () => {
  test("is in the step's environment, masked in its log wherever it is cut, and nowhere in Docker's own records (R-MASK-1, SEC-6)", async () => {
    const splits = Array.from(
      { length: secretValue.length - 1 },
      (_, at) =>
        `printf '%s' '${secretValue.slice(0, at + 1)}'; sleep 0.0${at % 3}; printf '%s\\n' '${secretValue.slice(at + 1)}'`,
    );
    const plan = aJobPlan(docker.image("bash"), [
      aRun('test "$TOKEN" = "$(cat /fmg/task/want 2>/dev/null || echo "$TOKEN")"; echo "<$TOKEN>"'),
      aRun(splits.join("\n")),
    ]);
    const input = docker.input(plan);
    const client = new Docker();
    const since = Math.floor(Date.now() / 1000);

    const { outcome, log } = await docker.run(input);

    const name = resourceName(docker.instance, input.attemptId);
    const inspected = JSON.stringify(await client.getContainer(name).inspect());
    const until = Math.ceil(Date.now() / 1000);
    const events = await client.getEvents({ since, until, filters: JSON.stringify({ container: [name] }) });
    const seen: string[] = [];
    for await (const chunk of events) seen.push(String(chunk));
    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).toBe(`<${maskText}>\n`);
    expect(log(2)).toBe(`${maskText}\n`.repeat(splits.length));
    expect(inspected).not.toContain(secretValue);
    expect(seen.join("")).toContain("exec_create");
    expect(seen.join("")).not.toContain(secretValue);
  });
});
