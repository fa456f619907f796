import { routes, type CheckUp, type Finding } from "@fmg/client";
import type { CheckUpMode } from "@fmg/core";
import { inTransaction, recordAudit } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { actorOf } from "../plugins/auth.ts";
import { notReady } from "../readiness.ts";
import { serve } from "../serve.ts";

/** Within the patience of clients; an orchestrator may ask GitHub for many commits. */
const answerWithinMs = 20_000;

/** `fmg doctor`: what the API sees itself, and what each orchestrator answers. */
export async function checkUpRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db, now } = adapters;
  serve(app, routes.checkUp, () => checkUp(adapters, "look"));
  serve(app, routes.mend, async (_, request) => {
    const result = await checkUp(adapters, "mend");
    const done = result.findings.filter(({ mending }) => mending === "done").length;
    inTransaction(db, () => {
      const detail = `${done} of ${result.findings.length} findings`;
      recordAudit(db, {
        ...actorOf(db, request),
        at: now(),
        action: "check-up.mend",
        target: "server",
        detail,
      });
    });
    return result;
  });
}

async function checkUp(adapters: Adapters, mode: CheckUpMode): Promise<CheckUp> {
  const own = (await notReady(adapters)).map(serverFinding);
  const told = await adapters.checkUps.ask(mode, answerWithinMs).catch(() => undefined);
  // Redis away is a finding of our own already.
  if (told === undefined) return { orchestrators: 0, findings: own };
  const { asked, answers } = told;
  const findings = [...own, ...silence(asked, answers.length), ...answers.flatMap((each) => each.findings)];
  return { orchestrators: answers.length, findings: distinct(findings) };
}

function serverFinding(problem: string): Finding {
  return {
    area: problem.startsWith("Redis") ? "redis" : "server",
    what: problem,
    cause: "The API asked, and this is what came of it.",
    next: "See the API's log, mend it, then: fmg doctor",
    mending: "by-hand",
  };
}

function silence(asked: number, answered: number): readonly Finding[] {
  if (asked > 0 && answered >= asked) return [];
  return [
    {
      area: "server",
      what:
        asked === 0
          ? "no orchestrator is there"
          : `${asked - answered} of ${asked} orchestrators did not answer`,
      cause:
        asked === 0
          ? "None runs, or none is connected to this Redis."
          : `It took longer than ${answerWithinMs / 1000} s, or its check-up failed.`,
      next:
        asked === 0
          ? "Start one with the API's FMG_DATA_DIR and REDIS_URL; until then nothing is compiled and no job runs."
          : "See the orchestrator's log, then: fmg doctor",
      mending: "by-hand",
    },
  ];
}

/** Orchestrators that share a database find the same in it; what one of them mended is mended. */
function distinct(findings: readonly Finding[]): Finding[] {
  const byWhat = new Map<string, Finding>();
  for (const finding of findings) {
    const known = byWhat.get(finding.what);
    if (known?.mending !== "done") byWhat.set(finding.what, finding);
  }
  return [...byWhat.values()];
}
