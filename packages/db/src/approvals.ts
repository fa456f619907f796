import type { Approval } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

const approve = statement(
  `update jobs set approval = :approval where id = :jobId and status = 'on_hold' and approval is null
     and cancellation is null`,
);

/** Lets a hold go; the advance of its workflow moves it. False when it is not on hold, or approved already. (R-APR-4) */
export function approveJob(db: Db, jobId: number, approval: Approval): boolean {
  return approve(db).run({ jobId, approval: JSON.stringify(approval) }).changes === 1;
}
