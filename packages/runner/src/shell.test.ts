import { expect, test } from "@jest/globals";

import { aJobPlan, aRun } from "../test/plans.ts";
import { secretValue, useRealDocker } from "../test/real-docker.ts";
import { openShell } from "./index.ts";

const docker = useRealDocker({ sh: {} });

test("a person's shell has the secrets of the job's steps, and shows them masked (R-MASK-1)", async () => {
  const input = docker.input(aJobPlan(docker.image("sh"), [aRun("false")]));
  await docker.run(input);
  const options = { session: 7, step: 1, size: { columns: 80, rows: 24 } };

  const shell = await openShell(docker.engine, input, options, AbortSignal.timeout(30_000));
  shell.write(Buffer.from('echo "length ${#TOKEN}, value <$TOKEN>"; exit 4\n'));
  const chunks: Uint8Array[] = [];
  for await (const bytes of shell.output) chunks.push(bytes);

  const shown = Buffer.concat(chunks).toString();
  expect(shown).toContain(`length ${secretValue.length}, value <****>`);
  expect(shown).not.toContain(secretValue);
  expect(await shell.exitCode()).toBe(4);
  await shell.close();
}, 60_000);

test("in a container that is gone no shell is opened", async () => {
  const input = docker.input(aJobPlan(docker.image("sh"), [aRun("true")]));
  const options = { session: 8, step: undefined, size: { columns: 80, rows: 24 } };
  const opened = openShell(docker.engine, input, options, AbortSignal.timeout(30_000));
  await expect(opened).rejects.toMatchObject({ code: "container_failed" });
});
