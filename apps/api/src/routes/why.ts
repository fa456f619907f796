import { routes } from "@fmg/client";
import { causesOf, type TellingStep } from "@fmg/core";
import { listAttempts, listSteps, loadWorkflow, type Db } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { jobOr404 } from "../find.ts";
import { serve } from "../serve.ts";

/** Why a job is in its state, as data. */
export async function whyRoutes(app: FastifyInstance, { db }: Adapters): Promise<void> {
  serve(app, routes.whyJob, ({ params }) => {
    const { job, workflow } = jobOr404(db, params.id);
    const loaded = loadWorkflow(db, workflow.id);
    const plan = loaded.plan.jobs.find(({ name }) => name === job.name);
    if (plan === undefined) throw new Error(`the plan of workflow ${workflow.id} has no job ${job.name}`);
    const jobs = loaded.jobs.map((each) => each.job);
    const causes = causesOf({ plan, job, jobs, steps: tellingSteps(db, job.id) });
    return { job: { id: job.id, name: job.name }, status: job.status, causes: causes.map(causeToWire) };
  });
}

/** Of the newest attempt of each node. */
function tellingSteps(db: Db, jobId: number): TellingStep[] {
  const newest = new Map(listAttempts(db, jobId).map((attempt) => [attempt.nodeIndex, attempt.id]));
  return [...newest].flatMap(([nodeIndex, attemptId]) =>
    listSteps(db, attemptId)
      .filter(({ status, reason }) => status === "failure" || status === "error" || reason === "cache_missed")
      .map((step) => ({ ...step, nodeIndex })),
  );
}

function causeToWire({ range, ...cause }: ReturnType<typeof causesOf>[number]) {
  if (range === undefined) return cause;
  const { file, start, end } = range;
  return { ...cause, range: { file, start: { ...start }, end: { ...end } } };
}
