import { routes } from "@fmg/client";
import {
  createContext,
  deleteContext,
  findProject,
  listContexts,
  listRestrictions,
  restrictContext,
  unrestrictContext,
  type ContextRow,
  type Db,
  type RestrictionRow,
} from "@fmg/db";
import { expressionFault, patternFault } from "@fmg/parser";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { contextOr404 } from "../find.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { contextToWire } from "../wire.ts";
import { changedBy } from "./variables.ts";

/** Contexts, and who may use them. */
export async function contextRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db } = adapters;
  const shown = (row: ContextRow) => contextToWire(row, listRestrictions(db, row));

  serve(app, routes.listContexts, () => ({ items: listContexts(db).map(shown), next: null }));
  serve(app, routes.getContext, ({ params }) => shown(contextOr404(db, params.context)));

  serve(app, routes.createContext, ({ body }, request) => {
    const row = createContext(db, body.name, changedBy(adapters, request));
    if (row === "exists") throw new ProblemDetail("conflict", `The context ${body.name} exists already.`);
    if (row === "too-many") throw new ProblemDetail("invalid-request", "There are 500 contexts already.");
    return contextToWire(row, []);
  });

  serve(app, routes.deleteContext, ({ params }, request) => {
    const row = contextOr404(db, params.context);
    const gone = shown(row);
    deleteContext(db, row, changedBy(adapters, request));
    return gone;
  });

  serve(app, routes.restrictContext, ({ params, body }, request) => {
    const row = contextOr404(db, params.context);
    const value = storedValue(db, body);
    const after = restrictContext(db, row, { kind: body.kind, value }, changedBy(adapters, request));
    if (after !== "too-many") return contextToWire(row, after);
    throw new ProblemDetail("invalid-request", `The context ${row.name} has 100 restrictions already.`);
  });

  serve(app, routes.unrestrictContext, ({ params }, request) => {
    const row = contextOr404(db, params.context);
    const restriction = listRestrictions(db, row).find(({ id }) => id === params.id);
    const after =
      restriction === undefined
        ? "not-found"
        : unrestrictContext(db, row, restriction, changedBy(adapters, request));
    if (after !== "not-found") return contextToWire(row, after);
    throw new ProblemDetail("not-found", `The context ${row.name} has no restriction ${params.id}.`);
  });
}

/** Checks a restriction before it is stored: one that never holds would only be noticed by jobs that do not start. */
function storedValue(db: Db, { kind, value }: Pick<RestrictionRow, "kind" | "value">): string {
  switch (kind) {
    case "project": {
      const [owner = "", name = "", ...rest] = value.split("/");
      const project = rest.length === 0 ? findProject(db, { owner, name }) : undefined;
      if (project !== undefined) return project.uuid;
      throw new ProblemDetail(
        "not-found",
        `FMG does not know the project ${value} yet: connect its webhook and push to it once.`,
      );
    }
    case "branch":
    case "tag":
      return unless(patternFault(value), value);
    case "expression":
      return unless(expressionFault(value), value);
  }
}

function unless(fault: string | undefined, value: string): string {
  if (fault === undefined) return value;
  throw new ProblemDetail("invalid-request", `This cannot restrict a context: ${fault}`);
}
