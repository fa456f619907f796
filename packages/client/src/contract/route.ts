import type { Static, TSchema } from "typebox";

/** Who may call a route: `open` needs no token, `signature` a webhook's, `token` any one, the others one with that scope. */
export type Policy = "open" | "signature" | "token" | "read" | "trigger" | "admin" | "runner";

/** One line of the contract. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As Fastify writes it: `/api/v1/jobs/:id`. */
  readonly path: string;
  readonly summary: string;
  readonly policy: Policy;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** The status of a success; 200 unless told. */
  readonly status?: 101 | 201 | 202;
  /** The shape of the JSON that a success answers with. */
  readonly reply: TSchema;
}

type Part<R, K extends "params" | "body"> =
  R extends Record<K, infer S extends TSchema> ? { readonly [P in K]: Static<S> } : unknown;

/** A query never must be given: what it leaves out has a default. */
type QueryPart<R> = R extends { query: infer S extends TSchema }
  ? { readonly query?: Partial<Static<S>> }
  : unknown;

/** What a call of the route takes. */
export type Input<R> = Part<R, "params"> & QueryPart<R> & Part<R, "body">;

/** What a call of the route answers. */
export type Reply<R> = R extends { reply: infer S extends TSchema } ? Static<S> : never;
