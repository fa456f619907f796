import type { ProjectId, Status } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

const newest = statement(
  `select status from pipelines
   where project_id = :projectId and branch = :branch and status in ('success', 'failure', 'error')
   order by id desc limit 1`,
);

/** How the newest pipeline of a branch ended that passed or failed; undefined where none has. What was canceled says nothing. */
export function branchState(
  db: Db,
  of: { readonly projectId: ProjectId; readonly branch: string },
): Extract<Status, "success" | "failure" | "error"> | undefined {
  const row = newest(db).get(of) as { status: "success" | "failure" | "error" } | undefined;
  return row?.status;
}
