import { expect, jest, test } from "@jest/globals";

import { aJobPlan, aRun } from "../../test/plans.ts";
import { useRealDocker } from "../../test/real-docker.ts";

jest.setTimeout(60_000);

const docker = useRealDocker({ sh: {} });

test("circleci env subst puts variables into texts, of its arguments or of stdin", async () => {
  const forms =
    "$A ${A} ${E:-empty $A} <${E-}> ${N-none} ${N:=n ${A}} ${A:+set}${N+unset} $$A $ ${ ${A:1} ${A}s";
  const plan = aJobPlan(docker.image("sh"), [
    aRun(`export A=a E=
circleci env subst '${forms}'; echo
printf 'of\\n\${A} lines\\n' | circleci env subst
circleci env other || echo refused`),
  ]);

  const { log } = await docker.run(docker.input(plan));

  expect(log(1).split("\n").slice(0, 4)).toEqual([
    "a a empty a <> none n a set $A $ ${ ${A:1} as",
    "of",
    "a lines",
    "circleci env other: this command is not available here; only 'step halt', 'tests' and 'env subst' are",
  ]);
});
