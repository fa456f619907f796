import { existsSync } from "node:fs";
import { randomBytes } from "node:crypto";

import { expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import { injections } from "@fmg/core/testing";

import { aJobPlan, aRun } from "../test/plans.ts";
import { useRealDocker } from "../test/real-docker.ts";
import { maskedStepHeaders } from "./index.ts";

const docker = useRealDocker({ bash: { bash: true } });

jest.setTimeout(120_000);

const canary = `/tmp/pwned-${randomBytes(4).toString("hex")}`;
const texts = injections(canary);
/** As the step prints it. */
const hex = (text: string): string => Buffer.from(text).toString("hex");
const printHex = (variable: string): string =>
  `printf %s "$${variable}" | od -An -v -tx1 | tr -d ' \\n'; echo`;

test.each(["auto", "sh"] as const)(
  "60 hostile texts reach steps as variables and names, byte for byte, and nothing acts on them (SEC-10, step program %s)",
  async (stepProgram) => {
    expect(texts.length).toBeGreaterThanOrEqual(60);
    // A step each, named by the text: in its own environment, as a built-in one (a branch, say) and as a secret it must be the same.
    const steps = texts.map((text, n) =>
      aRun(
        `[ "$OWN" = "$BUILTIN_${n}" ] && [ "$OWN" = "$SECRET_${n}" ] && [ "$OWN" = "$JOB_${n}" ] && ${printHex("OWN")}`,
        {
          name: text,
          environment: [{ name: "OWN", value: text }],
        },
      ),
    );
    const variables = (prefix: string) => texts.map((value, n) => ({ name: `${prefix}_${n}`, value }));
    const look = aRun(`ls -d ${canary} / /tmp "$HOME" 2>/dev/null || find / -xdev -name "pwned-*"`);
    const plan = aJobPlan(docker.image("bash"), [...steps, look], { environment: variables("JOB") });
    const secrets = variables("SECRET").map(({ name, value }) => ({ name, value: new Secret(value) }));
    const input = docker.input(plan, {
      builtins: variables("BUILTIN"),
      secrets,
      containerPolicy: { pull: "if-not-present", serviceWaitMs: 20_000, stepProgram },
    });

    const { outcome, log } = await docker.run(input);

    expect(outcome).toEqual({ status: "success" });
    expect(texts.map((_, n) => log(n + 1))).toEqual(texts.map((text) => `${hex(text)}\n`));
    expect(log(texts.length + 1)).toBe("/\n/root\n/tmp\n");
    expect(existsSync(canary)).toBe(false);
    // As secrets, none of them shows in a step's name.
    for (const { name } of maskedStepHeaders(plan, secrets).slice(1, -1)) expect(name).not.toContain("touch");
  },
);
