import { routes } from "@fmg/client";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { callerOf } from "../plugins/auth.ts";
import { serve } from "../serve.ts";

/** Whose token a request came with: how `fmg login` knows that one is right. */
export async function whoamiRoutes(app: FastifyInstance, { db }: Adapters): Promise<void> {
  serve(app, routes.whoami, (_, request) => {
    const token = callerOf(db, request);
    if (token === undefined) throw new Error("the policy lets nobody through without a token");
    const { id, name, scopes, createdAt } = token;
    return { id, name, scopes: [...scopes], createdAt: new Date(createdAt).toISOString() };
  });
}
