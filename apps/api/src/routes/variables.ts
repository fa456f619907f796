import { routes } from "@fmg/client";
import { Secret } from "@fmg/core";
import {
  deleteVariable,
  findProject,
  listVariables,
  setVariable,
  type ChangedBy,
  type VariableOwner,
} from "@fmg/db";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Adapters } from "../adapters.ts";
import { contextOr404 } from "../find.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { variableToWire } from "../wire.ts";

/** The variables of projects and contexts. Values come in, and nothing here can give one out. */
export async function variableRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db } = adapters;
  serve(app, routes.listVariables, ({ params }) => listed(adapters, projectOwner(adapters, params)));
  serve(app, routes.setVariable, ({ params, body }, request) =>
    set(adapters, request, projectOwner(adapters, params), { name: params.variable, value: body.value }),
  );
  serve(app, routes.deleteVariable, ({ params }, request) =>
    remove(adapters, request, projectOwner(adapters, params), params.variable),
  );

  const contextOwner = (name: string): VariableOwner => ({ kind: "context", row: contextOr404(db, name) });
  serve(app, routes.listContextVariables, ({ params }) => listed(adapters, contextOwner(params.context)));
  serve(app, routes.setContextVariable, ({ params, body }, request) =>
    set(adapters, request, contextOwner(params.context), { name: params.variable, value: body.value }),
  );
  serve(app, routes.deleteContextVariable, ({ params }, request) =>
    remove(adapters, request, contextOwner(params.context), params.variable),
  );
}

/** Who changes a secret, for the audit book. */
export function changedBy({ db, now }: Adapters, request: FastifyRequest): ChangedBy {
  return { ...actorOf(db, request), at: now() };
}

function projectOwner({ db }: Adapters, repository: { owner: string; name: string }): VariableOwner {
  const row = findProject(db, repository);
  if (row !== undefined) return { kind: "project", row };
  const name = `${repository.owner}/${repository.name}`;
  throw new ProblemDetail(
    "not-found",
    `FMG does not know ${name} yet: connect its webhook and push to it once.`,
  );
}

function listed({ db }: Adapters, owner: VariableOwner) {
  return { items: listVariables(db, owner).map(variableToWire), next: null };
}

function set(
  adapters: Adapters,
  request: FastifyRequest,
  owner: VariableOwner,
  { name, value }: { readonly name: string; readonly value: string },
) {
  const secret = { name, value: new Secret(value) };
  const row = setVariable(adapters.db, adapters.encryptionKey, owner, secret, changedBy(adapters, request));
  if (row !== "too-many") return variableToWire(row);
  throw new ProblemDetail(
    "invalid-request",
    `This ${owner.kind} has as many variables as one may have, 100.`,
  );
}

function remove(adapters: Adapters, request: FastifyRequest, owner: VariableOwner, name: string) {
  const row = deleteVariable(adapters.db, owner, name, changedBy(adapters, request));
  if (row === "not-found") throw new ProblemDetail("not-found", `There is no variable ${name}.`);
  return variableToWire(row);
}
