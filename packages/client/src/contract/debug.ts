import { Type, type Static } from "typebox";

import { Id, Time } from "./words.ts";

export const NewDebugSessionShape = Type.Object(
  { minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 240, description: "30 unless told." })) },
  { additionalProperties: false },
);

/** A shell that may be opened once, at `/api/v1/debug-sessions/:id/terminal`, by the token that asked for it. */
export const DebugSessionShape = Type.Object({ id: Id, attemptId: Id, openedAt: Time, expiresAt: Time });

const Side = Type.Integer({ minimum: 1, maximum: 10_000 });

/** What the person's side sends as text; its binary messages are what was typed. */
export const TerminalResizeShape = Type.Object({ kind: Type.Literal("resize"), columns: Side, rows: Side });

/** What the server sends as text; its binary messages are what the shell wrote. `end` is the last of all. */
export const TerminalEventShape = Type.Union([
  Type.Object({ kind: Type.Literal("ready") }),
  Type.Object({ kind: Type.Literal("end"), why: Type.String(), exitCode: Type.Optional(Type.Integer()) }),
]);

export type DebugSession = Static<typeof DebugSessionShape>;
export type TerminalResize = Static<typeof TerminalResizeShape>;
export type TerminalEvent = Static<typeof TerminalEventShape>;
