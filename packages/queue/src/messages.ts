import { Type, type Static, type TSchema } from "typebox";
import { Value } from "typebox/value";

/*
 * What the bell says: ids, never state. Losing every message loses nothing but time, for the rows say what is due.
 */

const Id = Type.Integer({ minimum: 0 });

const payloads = {
  pipelines: Type.Object({ pipelineId: Id }, { additionalProperties: false }),
  workflows: Type.Object({ workflowId: Id }, { additionalProperties: false }),
  /** 0: some status is due, whichever. */
  statuses: Type.Object({ outboxId: Id }, { additionalProperties: false }),
  jobs: Type.Object(
    { label: Type.String({ pattern: "^[a-z0-9][a-z0-9._-]{0,62}$" }), attemptId: Id },
    { additionalProperties: false },
  ),
} as const satisfies Record<string, TSchema>;

/** The queues; `jobs` is one queue for each label. */
export type QueueName = keyof typeof payloads;

/** A message of one queue. */
export type MessageOf<Q extends QueueName> = {
  [K in Q]: { readonly queue: K } & Readonly<Static<(typeof payloads)[K]>>;
}[Q];

/** A nudge: "look at this row". */
export type BellMessage = MessageOf<QueueName>;

/** Splits a message into what goes over the wire; throws on one that is not as its queue says. */
export function payloadOf(message: BellMessage): object {
  const { queue, ...payload } = message;
  if (!Value.Check(payloads[queue], payload)) {
    throw new Error(`not a message of the queue ${queue}: ${JSON.stringify(payload)}`);
  }
  return payload;
}

/** The message that came over the wire; undefined when it is not one of its queue. */
export function messageFrom<Q extends QueueName>(queue: Q, payload: unknown): MessageOf<Q> | undefined {
  if (!Value.Check(payloads[queue], payload)) return undefined;
  return { queue, ...payload };
}

/** The name of a queue in Redis. */
export function redisQueue(queue: QueueName, label?: string): string {
  return queue === "jobs" ? `jobs.${label ?? "default"}` : queue;
}

const change = Type.Object({
  pipelineId: Id,
  kind: Type.Union([Type.Literal("status"), Type.Literal("log"), Type.Literal("cancel")]),
  attemptId: Type.Optional(Id),
  step: Type.Optional(Id),
});

/** Something changed that people may be watching: a status, a log that grew, a wish to cancel. */
export type LiveChange = Readonly<Static<typeof change>>;

/** Reads a live message; undefined when it is not one. */
export function liveChangeFrom(text: string): LiveChange | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(change, value) ? value : undefined;
  } catch {
    // Not JSON: somebody else's message.
    return undefined;
  }
}
