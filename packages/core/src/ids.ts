/** Row ids are integers, branded so that one kind is never passed for another. */
export type PipelineId = number & { readonly __id: "pipeline" };
export type WorkflowId = number & { readonly __id: "workflow" };
export type JobId = number & { readonly __id: "job" };
export type AttemptId = number & { readonly __id: "attempt" };
export type ProjectId = number & { readonly __id: "project" };
export type OutboxId = number & { readonly __id: "outbox" };

/** A point in time: milliseconds since the Unix epoch. */
export type Instant = number;

export const asPipelineId = (id: number): PipelineId => id as PipelineId;
export const asWorkflowId = (id: number): WorkflowId => id as WorkflowId;
export const asJobId = (id: number): JobId => id as JobId;
export const asAttemptId = (id: number): AttemptId => id as AttemptId;
export const asProjectId = (id: number): ProjectId => id as ProjectId;
export const asOutboxId = (id: number): OutboxId => id as OutboxId;
