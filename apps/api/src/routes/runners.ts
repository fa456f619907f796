import { routes } from "@fmg/client";
import { addRunner, inTransaction, listRunners, recordAudit, removeRunner } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { actorOf } from "../plugins/auth.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { runnerToWire } from "../wire.ts";

/** The machines that carry out jobs. */
export async function runnerRoutes(app: FastifyInstance, { db, now }: Adapters): Promise<void> {
  serve(app, routes.listRunners, () => ({
    items: listRunners(db).map((row) => runnerToWire(row, now())),
    next: null,
  }));

  serve(app, routes.addRunner, ({ body }, request) => {
    const known = listRunners(db).find(({ host }) => host === body.host);
    if (known !== undefined) {
      throw new ProblemDetail("conflict", `Runner ${known.id} is ${known.host} already.`);
    }
    const row = inTransaction(db, () => {
      const added = addRunner(db, { host: body.host, now: now() });
      const target = `runner ${added.id}`;
      const by = actorOf(db, request);
      recordAudit(db, { ...by, at: now(), action: "runner.add", target, detail: added.host });
      return added;
    });
    request.log.info({ runnerId: row.id, host: row.host }, "runner added");
    return runnerToWire(row, now());
  });

  serve(app, routes.removeRunner, ({ params: { id } }, request) =>
    inTransaction(db, () => {
      const row = listRunners(db).find((known) => known.id === id);
      if (row === undefined) throw new ProblemDetail("not-found", `There is no runner ${id}.`);
      if (id === 1) throw new ProblemDetail("conflict", "Runner 1 is the server itself.");
      removeRunner(db, id);
      const by = { ...actorOf(db, request), at: now() };
      recordAudit(db, { ...by, action: "runner.remove", target: `runner ${id}`, detail: row.host });
      return runnerToWire(row, now());
    }),
  );
}
