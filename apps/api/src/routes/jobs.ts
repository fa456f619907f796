import { routes } from "@fmg/client";
import { listAttempts, listSamples, listSteps, usageBySteps } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { attemptOr404, jobOr404 } from "../find.ts";
import { serve } from "../serve.ts";
import { attemptToWire, jobToWire, sampleToWire, stepToWire } from "../wire.ts";

/** Jobs, their attempts, and the steps of those. */
export async function jobRoutes(app: FastifyInstance, { db }: Adapters): Promise<void> {
  serve(app, routes.getJob, ({ params }) => {
    const found = jobOr404(db, params.id);
    return jobToWire(found, listAttempts(db, found.job.id));
  });

  serve(app, routes.listAttempts, ({ params }) => {
    const { job, workflow } = jobOr404(db, params.id);
    const attempts = listAttempts(db, job.id);
    return { items: attempts.map((attempt) => attemptToWire(attempt, workflow.pipelineId)), next: null };
  });

  serve(app, routes.getAttempt, ({ params }) => {
    const { attempt, pipelineId } = attemptOr404(db, params.id);
    return attemptToWire(attempt, pipelineId);
  });

  serve(app, routes.listSteps, ({ params }) => {
    const { attempt } = attemptOr404(db, params.id);
    return { items: listSteps(db, attempt.id).map(stepToWire), next: null };
  });

  serve(app, routes.listSamples, ({ params }) => {
    const samples = listSamples(db, attemptOr404(db, params.id).attempt.id);
    return { items: samples.map(sampleToWire), next: null, steps: usageBySteps(samples) };
  });
}
