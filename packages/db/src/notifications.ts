import type { Instant, StateChange, Status, WorkflowId } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/*
 * What receivers are to hear of workflows. Each receiver has a queue of its own, in the order of the changes: while one is
 * kept quiet (`keepQuiet(db, receiverName(…))`), nothing of it is due, and the others go on.
 */

/** A notification that is to be sent. */
export interface NotificationRow {
  readonly id: number;
  readonly receiver: string;
  readonly change: StateChange;
  readonly workflowId: WorkflowId;
  /** The workflow whose outcome was the branch's before; null for the first of its name there. */
  readonly previousId: WorkflowId | null;
  readonly tries: number;
  readonly createdAt: Instant;
}

/** The outcome of a workflow of the same name, and whether it belongs to something newer. */
export interface OtherOutcome {
  readonly workflowId: WorkflowId;
  readonly status: Status;
  readonly isNewer: boolean;
}

const newestOther = statement(
  `select w.id as workflowId, w.status, (w.pipeline_id, w.id) > (own.pipeline_id, own.id) as isNewer
   from workflows own
   join pipelines p on p.id = own.pipeline_id
   join workflows w on w.name = own.name and w.id <> own.id and w.status in ('success', 'failure', 'error')
     and w.pipeline_id in (
       select id from pipelines where project_id = p.project_id and branch is p.branch and tag is p.tag
       order by id desc limit 200
     )
   where own.id = :workflowId
   order by w.pipeline_id desc, w.id desc limit 1`,
);

/**
 * The newest outcome of another workflow of this name on the same branch or tag, among its last 200 pipelines: what is older
 * tells nothing about the branch any more, and the question costs the same however long the history is.
 */
export function newestOtherOutcome(db: Db, workflowId: number): OtherOutcome | undefined {
  const row = newestOther(db).get({ workflowId }) as
    (Omit<OtherOutcome, "isNewer"> & { readonly isNewer: 0 | 1 }) | undefined;
  return row && { ...row, isNewer: row.isNewer === 1 };
}

const insert = statement(
  `insert into notifications (receiver, change, workflow_id, previous_id, status, created_at)
   values (:receiver, :change, :workflowId, :previousId, 'pending', :now)
   on conflict (receiver, workflow_id) do nothing`,
);

/** Notes that a receiver is to hear of a workflow, once. Call it in the transaction that ended the workflow. */
export function enqueueNotification(
  db: Db,
  notification: Pick<NotificationRow, "receiver" | "change" | "previousId"> & { readonly workflowId: number },
  now: Instant,
): void {
  insert(db).run({ ...notification, now });
}

/** A receiver's name for `keepQuiet`. */
export function receiverName(receiver: string): string {
  return `receiver ${receiver}`;
}

const QUIET = "select expires_at from leases where name = 'quiet:receiver ' || n.receiver";

const due = statement(
  `select n.id, n.receiver, n.change, n.workflow_id as workflowId, n.previous_id as previousId, n.tries,
          n.created_at as createdAt
   from notifications n
   where n.status = 'pending' and coalesce((${QUIET}), 0) <= :now order by n.id limit 1`,
);

/** The oldest notification whose receiver may be sent to. */
export function dueNotification(db: Db, now: Instant): NotificationRow | undefined {
  return due(db).get({ now }) as NotificationRow | undefined;
}

const next = statement(
  `select min(coalesce((${QUIET}), 0)) as at from notifications n where n.status = 'pending'`,
);

/** When the next notification is due; undefined when none waits. */
export function nextNotificationAt(db: Db): Instant | undefined {
  const row = next(db).get() as { at: Instant | null };
  return row.at ?? undefined;
}

const end = statement(
  `update notifications set status = :status, tries = tries + 1, sent_at = :now, last_error = :message
   where id = :id and status = 'pending'`,
);
const retry = statement(
  "update notifications set tries = tries + 1, last_error = :message where id = :id and status = 'pending'",
);

/** The receiver has it. */
export function markNotified(db: Db, id: number, now: Instant): void {
  end(db).run({ id, status: "sent", message: null, now });
}

/** The receiver will not take it, or did not for too long. */
export function giveUpNotification(db: Db, id: number, message: string, now: Instant): void {
  end(db).run({ id, status: "refused", message, now });
}

/** It is to be sent again. */
export function retryNotification(db: Db, id: number, message: string): void {
  retry(db).run({ id, message });
}
