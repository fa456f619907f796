import { ProblemShape, type Input, type Reply, type Route } from "@fmg/client";
import type { WebsocketHandler } from "@fastify/websocket";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";
import { problemType } from "./problem.ts";

type Query<R> = R extends { query: infer S extends TSchema } ? { readonly query: Static<S> } : unknown;
/** A request's parts as the contract says; defaults stand in the query. */
export type Checked<R> = Omit<Input<R>, "query"> & Query<R>;

type Handler<R> = (
  input: Checked<R>,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<Reply<R>> | Reply<R>;

/** Registers a route of the contract that answers JSON. */
export function serve<R extends Route>(app: FastifyInstance, route: R, handle: Handler<R>): void {
  serveRaw(app, route, {
    success: { [route.status ?? 200]: { "application/json": route.reply } },
    handler: (request, reply) => {
      if (route.status !== undefined) reply.status(route.status);
      return handle(checked(request), request, reply);
    },
  });
}

/** Registers a route of the contract whose handler answers for itself. */
export function serveRaw(
  app: FastifyInstance,
  route: Route,
  options: {
    /** Status of a success → media type → shape. */
    readonly success: Readonly<Record<number, Readonly<Record<string, TSchema>>>>;
    readonly handler: RouteHandlerMethod;
    readonly basic?: boolean;
    /** Needs no token where this says so; the request is not checked yet. */
    readonly openTo?: (request: FastifyRequest) => boolean;
    readonly streams?: boolean;
    /** Takes over where the request asks for a WebSocket. */
    readonly webSocket?: WebsocketHandler;
    readonly bodyLimit?: number;
  },
): void {
  const successes = Object.entries(options.success).map(([status, shapes]) => [
    status,
    { description: "Success", content: contentOf(shapes) },
  ]);
  app.route({
    method: route.method,
    url: route.path,
    config: {
      policy: route.policy,
      ...(options.basic === true ? { basic: true } : {}),
      ...(options.openTo === undefined ? {} : { openTo: options.openTo }),
    },
    ...(route.body === undefined ? {} : { validatorCompiler: asWritten }),
    // An answer to HEAD would read a live stream to its end, for nobody.
    ...(options.streams === true ? { exposeHeadRoute: false } : {}),
    ...(options.bodyLimit === undefined ? {} : { bodyLimit: options.bodyLimit }),
    schema: {
      summary: route.summary,
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { querystring: route.query }),
      ...(route.body === undefined ? {} : { body: route.body }),
      ...(route.policy === "open" || route.policy === "signature" ? {} : { security: [{ token: [] }] }),
      response: {
        ...Object.fromEntries(successes),
        "4xx": { description: "Refused", content: contentOf({ [problemType]: ProblemShape }) },
        "5xx": { description: "Failed", content: contentOf({ [problemType]: ProblemShape }) },
      },
    },
    handler: options.handler,
    ...(options.webSocket === undefined ? {} : { wsHandler: options.webSocket }),
  });
}

/**
 * Checks a JSON body as it stands: Fastify's own check would make "true" of true and drop what it does not know. What stands
 * in the address is text, and is read as what its shape says.
 */
function asWritten({ schema, httpPart }: { readonly schema: unknown; readonly httpPart?: string }) {
  const shape = Compile(schema as TSchema);
  const part = httpPart ?? "body";
  return (given: unknown) => {
    const value =
      part === "body" ? given : Value.Default(schema as TSchema, Value.Convert(schema as TSchema, given));
    if (shape.Check(value)) return { value };
    const errors = [...shape.Errors(value)];
    // Of a property too many, the error that does not repeat its name: that may be a secret in the wrong place. (SEC-4)
    const first = errors.find(({ keyword }) => keyword !== "boolean") ?? errors[0];
    return {
      error: new Error(`${part}${first?.instancePath ?? ""} ${first?.message ?? "is not as described"}`),
    };
  };
}

/** The parts of a request that Fastify has checked against the route's shapes. */
export function checked<R>(request: FastifyRequest): Checked<R> {
  return { params: request.params, query: request.query, body: request.body } as unknown as Checked<R>;
}

function contentOf(shapes: Readonly<Record<string, TSchema>>): Record<string, { schema: TSchema }> {
  return Object.fromEntries(Object.entries(shapes).map(([type, schema]) => [type, { schema }]));
}
