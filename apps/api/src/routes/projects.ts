import { routes } from "@fmg/client";
import { listProjects } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { serve } from "../serve.ts";

/** The repositories that FMG runs pipelines of. */
export async function projectRoutes(app: FastifyInstance, { db }: Adapters): Promise<void> {
  serve(app, routes.listProjects, () => ({
    items: listProjects(db).map(({ createdAt, lastPipelineAt, ...row }) => ({
      ...row,
      createdAt: new Date(createdAt).toISOString(),
      lastPipelineAt: lastPipelineAt === null ? null : new Date(lastPipelineAt).toISOString(),
    })),
    next: null,
  }));
}
