import { Type, type Static } from "typebox";

import { Count, Id, Nullable, StatusShape } from "./words.ts";
import { StepShape } from "./job.ts";

/*
 * A live log is a stream of server-sent events:
 *
 *   attempt  which attempt follows (only where a job was asked for, once it has one)
 *   status   where the attempt stands, when that changes
 *   step     where a step stands, when that changes; told again after a reconnection
 *   log      bytes of a step, with an id: the position after them
 *   end      the attempt is final and every byte was sent; the stream closes
 *
 * A position is `<step>:<offset>`: the next byte wanted. While background steps write too it lists theirs as well,
 * lowest step first: `1:500,4:20`. Steps below the last one listed, and not listed, were sent to their end.
 */

const standing = {
  status: StatusShape,
  reason: Nullable(Type.String()),
  message: Nullable(Type.String()),
};

/** Positions as `Last-Event-ID` and `?from=` take them. */
export const positionPattern = "^\\d{1,6}:\\d{1,15}(,\\d{1,6}:\\d{1,15}){0,99}$";

export const logEventShapes = {
  attempt: Type.Object({ id: Id }),
  status: Type.Object(standing),
  step: StepShape,
  log: Type.Object({
    step: Count,
    offset: Type.Integer({ minimum: 0, description: "Where the bytes stand in the step's log." }),
    bytes: Type.String({ description: "Base64: a log may hold any bytes." }),
  }),
  end: Type.Object(standing),
} as const;

export type LogEventName = keyof typeof logEventShapes;
export type LogEventData = { [K in LogEventName]: Static<(typeof logEventShapes)[K]> };

export const LogQuery = Type.Object({
  step: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 999_999, description: "The text of this step alone." }),
  ),
  from: Type.Optional(
    Type.String({
      pattern: positionPattern,
      description: "Where an event stream starts, as Last-Event-ID does.",
    }),
  ),
});
