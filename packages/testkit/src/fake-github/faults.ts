import type { FastifyReply } from "fastify";

/** What a request meets instead of an answer: it is not carried out. */
type EarlyFault =
  | { readonly kind: "status"; readonly status: 401 | 500 | 502 | 503 }
  /** The secondary limit: 403 with `retry-after`. */
  | { readonly kind: "retry-after"; readonly seconds: number }
  /** The secondary limit without a word about its length: at least a minute is to be waited. */
  | { readonly kind: "secondary-limit"; readonly status: 403 | 429 }
  /** The primary limit is used up: 403 with `x-ratelimit-remaining: 0`; `resetAt` in seconds since the epoch. */
  | { readonly kind: "limit-reached"; readonly resetAt: number }
  /** No answer until the fake closes. */
  | { readonly kind: "hang" }
  /** The connection breaks. */
  | { readonly kind: "reset" };

/** What happens to the answer of a request that was carried out. */
export type LateFault =
  /** It took the last one of the quota: `x-ratelimit-remaining: 0`. */
  | { readonly kind: "quota-used-up"; readonly resetAt: number }
  /** The connection breaks in the middle of the answer. */
  | { readonly kind: "cut-answer" }
  /** The answer comes byte by byte. */
  | { readonly kind: "slow"; readonly everyMs: number };

export type GitHubFault = EarlyFault | LateFault;

const SECONDARY_LIMIT_MS = 60_000;

/** Until when nobody may send anything after this fault, in milliseconds since the epoch; 0: one may at once. */
export function endOfSilence(fault: GitHubFault, now: number): number {
  switch (fault.kind) {
    case "retry-after":
      return now + fault.seconds * 1000;
    case "secondary-limit":
      return now + SECONDARY_LIMIT_MS;
    case "limit-reached":
    case "quota-used-up":
      return fault.resetAt * 1000;
    case "status":
    case "hang":
    case "reset":
    case "cut-answer":
    case "slow":
      return 0;
  }
}

/** Whether the request is carried out all the same. */
export function isLate(fault: GitHubFault): fault is LateFault {
  return fault.kind === "quota-used-up" || fault.kind === "cut-answer" || fault.kind === "slow";
}

/** Answers a request that is not carried out. */
export function sendFault(fault: EarlyFault, reply: FastifyReply): FastifyReply {
  switch (fault.kind) {
    case "status":
      return reply.code(fault.status).send({ message: "a fault that the test asked for" });
    case "retry-after":
      return reply
        .code(403)
        .header("retry-after", String(fault.seconds))
        .send({ message: "You have exceeded a secondary rate limit." });
    case "secondary-limit":
      return reply.code(fault.status).send({ message: "You have exceeded a secondary rate limit." });
    case "limit-reached":
      return withoutQuota(reply.code(403), fault.resetAt).send({ message: "API rate limit exceeded." });
    case "hang":
      return reply.hijack();
    case "reset":
      reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return reply;
  }
}

/** Answers a request that was carried out. */
export function sendLate(fault: LateFault, reply: FastifyReply, body: unknown): FastifyReply {
  if (fault.kind === "quota-used-up") return withoutQuota(reply, fault.resetAt).send(body);
  const text = JSON.stringify(body);
  const { raw, statusCode } = reply.hijack();
  raw.writeHead(statusCode, { "content-type": "application/json", "content-length": text.length });
  if (fault.kind === "cut-answer") {
    raw.write(text.slice(0, text.length / 2), () => raw.socket?.resetAndDestroy());
    return reply;
  }
  let written = 0;
  const timer = setInterval(() => {
    raw.write(text[written++] ?? "");
    if (written < text.length) return;
    clearInterval(timer);
    raw.end();
  }, fault.everyMs);
  raw.once("close", () => clearInterval(timer));
  return reply;
}

function withoutQuota(reply: FastifyReply, resetAt: number): FastifyReply {
  return reply.header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", String(resetAt));
}
