import type { Policy } from "@fmg/client";
import { findToken, type Actor, type Db, type TokenRow } from "@fmg/db";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { fastifyPlugin } from "fastify-plugin";
import { hashToken } from "../own-secrets.ts";
import { ProblemDetail } from "../problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may call the route. Without it the server does not start. */
    policy?: Policy;
    /** Takes HTTP Basic too, with the token as the password: for pages that a browser opens. */
    basic?: boolean;
    /** Needs no token where this says so of a request; its parameters are as they came. */
    openTo?: (request: FastifyRequest) => boolean;
  }
}

/** Denies by default: every route states its policy, and the token of each request is held against it. */
export const auth = fastifyPlugin(async (app: FastifyInstance, { db }: { db: Db }) => {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => void routes.push(route));
  app.addHook("onReady", async () => {
    for (const { method, url, config } of routes) {
      if (config?.policy === undefined)
        throw new Error(`the route ${String(method)} ${url} states no policy`);
    }
  });
  app.addHook("onRequest", async (request, reply) => {
    // Nothing is behind an unknown address, so nothing is told about it.
    if (request.is404) return;
    const { policy, basic, openTo } = request.routeOptions.config;
    if (policy === undefined) throw new Error(`the route ${request.url} states no policy`);
    if (policy === "open" || policy === "signature" || openTo?.(request) === true) return;
    const caller = callerOf(db, request);
    if (caller === undefined) throw unauthorized(request, reply, basic === true);
    if (!mayDo(caller, policy)) {
      throw new ProblemDetail("forbidden", `This needs a token with the scope "${policy}".`);
    }
  });
});

/** The token of a request, where it has one that is valid. */
export function callerOf(db: Db, request: FastifyRequest): TokenRow | undefined {
  const token = bearer(request.headers.authorization) ?? basicPassword(request);
  return token === undefined ? undefined : findToken(db, hashToken(token));
}

/** Who a request is answered for as: its token, and where it came from. */
export function actorOf(db: Db, request: FastifyRequest): Actor & { readonly tokenId: number } {
  const token = callerOf(db, request);
  if (token === undefined) throw new Error("a request without a token has no actor");
  return { tokenId: token.id, tokenName: token.name, ip: request.ip };
}

/** Whether a token may call what has this policy. */
export function mayDo(caller: TokenRow, policy: Exclude<Policy, "open" | "signature">): boolean {
  return policy === "token" || caller.scopes.includes("admin") || caller.scopes.includes(policy);
}

function bearer(header: string | undefined): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,500})$/i.exec(header ?? "")?.[1];
}

function basicPassword(request: FastifyRequest): string | undefined {
  if (request.routeOptions.config.basic !== true) return undefined;
  const encoded = /^Basic ([A-Za-z0-9+/=_-]{1,1000})$/i.exec(request.headers.authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1);
}

function unauthorized(request: FastifyRequest, reply: FastifyReply, basic: boolean): ProblemDetail {
  reply.header("www-authenticate", basic ? 'Basic realm="FMG", charset="UTF-8"' : 'Bearer realm="FMG"');
  const given =
    request.headers.authorization === undefined ? "No token came with the request" : "The token is not valid";
  return new ProblemDetail(
    "unauthorized",
    `${given}. Send "Authorization: Bearer <token>"; the admin token is in the server's data directory (admin-token).`,
  );
}
