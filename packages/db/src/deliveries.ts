import type { Instant, PipelineId } from "@fmg/core";
import { eq, sql } from "./drizzle.ts";
import type { Db } from "./open-db.ts";
import { createPipeline, type NewPipeline } from "./new-pipeline.ts";
import { deliveries } from "./schema.ts";
import { prepared, statement } from "./statements.ts";
import { inSavepoint, inTransaction } from "./transaction.ts";

/** One webhook request as GitHub sent it. */
export interface Delivery {
  /** X-GitHub-Delivery. */
  readonly deliveryId: string;
  /** X-GitHub-Event. */
  readonly event: string;
  readonly body: Uint8Array;
  readonly receivedAt: Instant;
}

/** A delivery that makes a pipeline. */
export interface AcceptInput extends Delivery, Omit<NewPipeline, "at"> {}

/** `repeated`: this delivery id has made the pipeline before. */
export interface Accepted {
  readonly kind: "created" | "repeated";
  readonly pipelineId: PipelineId;
}

/**
 * Makes the pipeline of a delivery, once for each delivery id: the delivery with its body, the project, the pipeline
 * (`pending`) and the pending status `fmg` in the outbox, all in one transaction. A delivery that was ignored or invalid
 * before may be accepted when GitHub sends it again.
 */
export function acceptDelivery(db: Db, input: AcceptInput): Accepted {
  return inTransaction(db, () => {
    const known = findDelivery(db).get({ deliveryId: input.deliveryId });
    if (known?.pipelineId != null) return { kind: "repeated", pipelineId: known.pipelineId };
    const pipelineId = createPipeline(db, { ...input, at: input.receivedAt });
    keepDelivery(db, input, { outcome: "accepted", pipelineId });
    return { kind: "created", pipelineId };
  });
}

/** Notes a delivery that makes no pipeline, and why; its body is not kept. */
export function recordIgnoredDelivery(db: Db, delivery: Delivery, reason: string): void {
  inTransaction(db, () => {
    if (findDelivery(db).get({ deliveryId: delivery.deliveryId }) !== undefined) return;
    upsertDelivery(db).get(deliveryRow(delivery, { outcome: "ignored", message: reason }));
  });
}

/** Keeps a signed delivery that is not what GitHub sends, with what is wrong with it, for inspection. */
export function keepInvalidDelivery(db: Db, delivery: Delivery, message: string): void {
  inTransaction(db, () => {
    const known = findDelivery(db).get({ deliveryId: delivery.deliveryId });
    if (known?.pipelineId != null) return;
    keepDelivery(db, delivery, { outcome: "invalid", message });
  });
}

/** Accepts deliveries in groups. */
export interface Acceptor {
  /** As `acceptDelivery`; resolves when the transaction is durable. */
  accept(input: AcceptInput): Promise<Accepted>;
}

interface Waiting {
  readonly input: AcceptInput;
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: unknown) => void;
}

/** Deliveries in one transaction, so that it ends within a few tens of milliseconds. */
const GROUP_LIMIT = 100;

/**
 * Group commit: whatever comes within one turn of the event loop shares a transaction, and so one fsync. A delivery that
 * fails does not harm the others of its group.
 */
export function createAcceptor(db: Db): Acceptor {
  let waiting: Waiting[] = [];
  const commit = () => {
    const group = waiting.splice(0, GROUP_LIMIT);
    if (waiting.length > 0) setImmediate(commit);
    acceptGroup(db, group);
  };
  return {
    accept: (input) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(commit);
        waiting.push({ input, resolve, reject });
      }),
  };
}

function acceptGroup(db: Db, group: readonly Waiting[]): void {
  const settle: (() => void)[] = [];
  try {
    inTransaction(db, () => {
      for (const { input, resolve, reject } of group) {
        try {
          const accepted = inSavepoint(db, () => acceptDelivery(db, input));
          settle.push(() => resolve(accepted));
        } catch (error) {
          settle.push(() => reject(error));
        }
      }
    });
  } catch (error) {
    for (const { reject } of group) reject(error);
    return;
  }
  for (const answer of settle) answer();
}

const findDelivery = prepared((orm) =>
  orm
    .select({ id: deliveries.id, pipelineId: deliveries.pipelineId })
    .from(deliveries)
    .where(eq(deliveries.deliveryId, sql.placeholder("deliveryId")))
    .prepare(),
);

type DeliveryOutcome =
  | { outcome: "accepted"; pipelineId: PipelineId; message?: undefined }
  | { outcome: "ignored" | "invalid"; message: string; pipelineId?: undefined };

const upsertDelivery = statement(
  `insert into deliveries (delivery_id, event, outcome, message, pipeline_id, received_at)
   values (:deliveryId, :event, :outcome, :message, :pipelineId, :receivedAt)
   on conflict (delivery_id) do update set event = :event, outcome = :outcome, message = :message,
     pipeline_id = :pipelineId, received_at = :receivedAt
   returning id`,
);
const putBody = statement("insert or replace into delivery_bodies (id, body) values (:id, :body)");

function keepDelivery(db: Db, delivery: Delivery, outcome: DeliveryOutcome): void {
  const { id } = upsertDelivery(db).get(deliveryRow(delivery, outcome)) as { id: number };
  putBody(db).run({ id, body: delivery.body });
}

function deliveryRow({ deliveryId, event, receivedAt }: Delivery, outcome: DeliveryOutcome) {
  return {
    deliveryId,
    event,
    receivedAt,
    outcome: outcome.outcome,
    message: outcome.message ?? null,
    pipelineId: outcome.pipelineId ?? null,
  };
}
