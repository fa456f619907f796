import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";

import { aJobPlan, aRun } from "../test/plans.ts";
import { secretValue, useRealDocker } from "../test/real-docker.ts";
import { record } from "../test/recorder.ts";
import type { RunJobInput } from "./index.ts";
import { maskText } from "./output/masker.ts";

const docker = useRealDocker({ bash: { bash: true }, sh: {} });

jest.setTimeout(60_000);

describe("a step with max_auto_reruns", () => {
  test.each(["static", "sh"])(
    "runs again while it fails, each try with its output and code in the log (R-RUN-7, %s)",
    async (program) => {
      const kind = program === "sh" ? "sh" : "bash";
      const plan = aJobPlan(docker.image(kind), [
        aRun(
          "echo try >>/fmg/task/tries; n=$(wc -l </fmg/task/tries); echo this is $((n)); [ $n = 3 ] || exit $((n+3))",
          {
            maxAutoReruns: 4,
            autoRerunDelayMs: 1000,
          },
        ),
        aRun("echo then"),
        aRun("echo bad; exit 9", {
          maxAutoReruns: 1,
          workingDirectory: "/tmp",
          environment: [{ name: "A", value: "b c" }],
        }),
        aRun("echo never"),
      ]);

      const { outcome, statuses, log, recorded } = await docker.run(by(program, plan));

      expect(statuses).toEqual(["success", "success", "success", "failure", "skipped"]);
      const waits = (n: number): string => `Rerun ${n} of 4 begins in 1 s.\nRerun ${n} of 4:\n`;
      expect(log(1)).toBe(
        "this is 1\n\nExited with code exit status 4\n" +
          `${waits(1)}this is 2\n\nExited with code exit status 5\n${waits(2)}this is 3\n`,
      );
      expect(log(3)).toBe(
        "bad\n\nExited with code exit status 9\nRerun 1 of 1:\nbad\n\nExited with code exit status 9\n",
      );
      expect(outcome).toMatchObject({ status: "failure", reason: "step_failed" });
      expect(recorded.progress.get(3)).toMatchObject({ exitCode: 9 });
    },
  );

  test.each(["static", "sh"])(
    "goes on with its tries while nobody watches, and a successor repeats none (R-RUN-7, %s)",
    async (program) => {
      const command = "echo try >>/fmg/task/tries; echo up; [ $(wc -l </fmg/task/tries) = 3 ]";
      const plan = aJobPlan(docker.image("bash"), [
        aRun(command, { maxAutoReruns: 5, autoRerunDelayMs: 1000 }),
        aRun("cat /fmg/task/tries"),
      ]);
      const input = by(program, plan);
      const recorder = record();
      const handOver = new AbortController();
      const first = docker.run(input, { handOver: handOver.signal }, recorder);
      await until(() => recorder.logs.get(1)?.toString().includes("Rerun 1 of 5 begins") ?? false);
      handOver.abort();
      expect((await first).outcome).toBe("handed-over");

      const { outcome, log } = await docker.run(adopted(input, recorder), {}, recorder);

      expect(outcome).toEqual({ status: "success" });
      expect(log(1).match(/up\n/g)).toHaveLength(3);
      expect(log(2)).toBe("try\ntry\ntry\n");
    },
  );

  test.each(["static", "sh"])(
    "runs again when it was silent for too long, after all its processes, and not when it is canceled (R-RUN-2, R-RUN-7, R-LIFE-2, %s)",
    async (program) => {
      const silent = "trap 'exit 0' TERM; setsid sleep 4321 & sleep 4321 & wait";
      const tries = "echo try >>/fmg/task/tries; n=$(wc -l </fmg/task/tries)";
      const stuck = { maxAutoReruns: 2, noOutputTimeoutMs: 1500 };
      const plan = aJobPlan(docker.image("bash"), [
        aRun(
          `${tries}; ! grep -l 4321 /proc/[0-9]*/cmdline 2>/dev/null || exit 7; [ $n = 2 ] || { ${silent}; }`,
          stuck,
        ),
        aRun(`echo up; ${silent}`, { ...stuck, maxAutoReruns: 1 }),
        aRun("echo pause; exit 8", { when: "always", maxAutoReruns: 3, autoRerunDelayMs: 600_000 }),
      ]);
      const cancel = new AbortController();
      const recorder = record();
      const running = docker.run(by(program, plan), { cancel: cancel.signal }, recorder);
      await until(() => recorder.logs.get(3)?.toString().includes("begins in 600 s") ?? false);
      cancel.abort();

      const { statuses, log, recorded } = await running;

      expect(statuses).toEqual(["success", "success", "failure", "canceled"]);
      const late = "\nToo long with no output (exceeded 1.5s): context deadline exceeded\n";
      expect(log(1)).toBe(`${late}Rerun 1 of 2:\n`);
      expect(log(2)).toBe(`up\n${late}Rerun 1 of 1:\nup\n${late}`);
      expect(recorded.progress.get(2)).toMatchObject({ reason: "timed_out", exitCode: 143 });
      expect(log(3).match(/pause/g)).toHaveLength(1);
    },
  );
});

const odd = "two\n lines 'single' \"double\" $HOME `id` \\n ü✓ *";

describe("the environment of a step", () => {
  test.each(["bash", "sh"])(
    "has each value as it is, not expanded, and only its own step's (R-ENV-3, R-ENV-4, R-ENV-9, R-ENV-10, R-RUN-4, R-SH-4, R-SH-5, %s)",
    async (kind) => {
      const sum = (name: string): string => `printf %s "$${name}" | sha256sum`;
      const plan = aJobPlan(
        docker.image(kind),
        [
          aRun([sum("SECRET"), sum("JOB"), sum("STEP"), "export LEFT=over"].join("\n"), {
            environment: [{ name: "STEP", value: odd }],
          }),
          aRun('echo "<$LEFT$STEP>"; echo \'export HANDED="a b"; export STEP=handed\' >>"$BASH_ENV"'),
          aRun('echo "$HANDED $STEP"', { environment: [{ name: "STEP", value: "own" }] }),
          aRun(
            "[ -t 0 ] || readlink /proc/self/fd/0; case $- in *i*) echo interactive ;; *) echo not ;; esac",
          ),
        ],
        { environment: [{ name: "JOB", value: odd }] },
      );
      const secrets = [{ name: "SECRET", value: new Secret(odd) }];

      const { outcome, log } = await docker.run(docker.input(plan, { secrets }));

      expect(outcome).toEqual({ status: "success" });
      expect(new Set(log(1).trim().split("\n")).size).toBe(1);
      expect(log(1)).toContain(createHash("sha256").update(odd).digest("hex"));
      expect(log(2)).toBe("<>\n");
      // What BASH_ENV says is said within the shell, above all environments. (R-ENV-3)
      expect(log(3)).toBe("a b handed\n");
      expect(log(4)).toBe("/dev/null\nnot\n");
    },
  );
});

describe("masking", () => {
  test.each(["bash", "sh"])(
    "hides a secret in the forms that shells and tools make of it, in steps and services (SEC-6, R-MASK-1, R-ENV-11, %s)",
    async (kind) => {
      const hard = 'it\'s a "pass" $word/+ü';
      const say = { entrypoint: ["sh", "-c", `env; echo '<${secretValue}>'; exec sleep 600`] };
      const steps = [
        aRun('set -x; : "$TOKEN" "$HARD" x"$KEY"'),
        aRun('echo "$TOKEN" | base64; echo "user:$TOKEN" | base64; echo "ab:$KEY" | base64; echo "$KEY"'),
        ...(kind === "bash" ? [aRun('printf "%q\\n" "$HARD"; declare -p HARD')] : []),
        aRun(`echo "$TOKEN" >&2; exit 3`, {
          name: "last",
          environment: [{ name: "PLAIN", value: "not-secret" }],
        }),
        aRun('echo "$SHORT $YES $PLAIN"', {
          when: "always",
          environment: [{ name: "PLAIN", value: "not-secret" }],
        }),
      ];
      const plan = aJobPlan(docker.image(kind), steps, { services: [say] });
      const key = `first line of it\n${"second/line+of=it".repeat(9)}\n`;
      const values = { TOKEN: secretValue, HARD: hard, KEY: key, SHORT: "abc", YES: "true" };
      const secrets = Object.entries(values).map(([name, value]) => ({ name, value: new Secret(value) }));

      const { log, recorded } = await docker.run(docker.input(plan, { secrets }));

      const all = [...recorded.logs.values()].map((bytes) => bytes.toString()).join("");
      for (const secret of [secretValue, hard, ...key.trim().split("\n")]) {
        const inside = Buffer.from(secret).toString("base64").slice(4, -4);
        expect(all.includes(secret)).toBe(false);
        expect(all.replaceAll("\n", "").includes(inside)).toBe(false);
      }
      expect(all).not.toMatch(/pass|word\/|s3cret/);
      expect(log(1)).toContain(maskText);
      // R-MASK-2, R-MASK-4
      expect(log(steps.length)).toBe("abc true not-secret\n");
      expect(log(0)).toContain("Not masked: SHORT, YES, for");
      const service = log(steps.length + 1);
      expect(service).toContain(`<${maskText}>`);
      expect(service).not.toMatch(/TOKEN|HARD|KEY/);
    },
  );
});

/** The static program is what `auto` takes. */
function by(program: string, plan: RunJobInput["plan"]): RunJobInput {
  const input = docker.input(plan);
  const stepProgram = program === "sh" ? "sh" : "auto";
  return { ...input, containerPolicy: { ...input.containerPolicy, stepProgram } };
}

function adopted(input: RunJobInput, recorder: ReturnType<typeof record>): RunJobInput {
  return { ...input, epoch: input.epoch + 1, progress: [...recorder.progress.values()] };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(10);
}
