import { Type, type Static } from "typebox";

/** Every code that the API answers with, its HTTP status and what it means. `docs/errors.md` explains each. */
export const problems = {
  "invalid-request": { status: 400, title: "The request is not what this route takes" },
  "invalid-delivery": { status: 400, title: "The delivery is not what GitHub sends" },
  "bad-signature": { status: 401, title: "The signature is missing or wrong" },
  unauthorized: { status: 401, title: "A token is needed" },
  forbidden: { status: 403, title: "The token's scope does not allow this" },
  "not-found": { status: 404, title: "There is no such thing here" },
  "request-timeout": { status: 408, title: "The request did not arrive in time" },
  conflict: { status: 409, title: "It exists already" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "uri-too-long": { status: 414, title: "The address is too long" },
  "unsupported-media-type": { status: 415, title: "The content type is not taken here" },
  "range-not-satisfiable": { status: 416, title: "The log is shorter than the range asked for" },
  "too-many-streams": { status: 429, title: "Too many log streams are open" },
  "headers-too-large": { status: 431, title: "The headers are too large" },
  internal: { status: 500, title: "FMG failed" },
  unavailable: { status: 503, title: "FMG cannot do this now" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** An RFC 9457 problem document. `code` is stable; `requestId` finds the request in the server's log. */
export const ProblemShape = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
  requestId: Type.String(),
});

export type Problem = Static<typeof ProblemShape>;
