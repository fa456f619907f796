import type { CommitStatus } from "@fmg/core";
import type { GitHub } from "./create-github.ts";

/** A status and the commit that it goes to. */
export interface AddressedStatus extends CommitStatus {
  readonly owner: string;
  readonly repo: string;
  readonly sha: string;
}

/**
 * What came of it. `sent`: with `pauseMs` where it was the last one of the quota. `limited`: GitHub wants to hear nothing at
 * all for `pauseMs`, which it told, or which is the least that it asks for when it tells nothing. `unauthorized`: nothing
 * can be sent with this token. `retry`: the same request may succeed later. `refused`: it never will, until somebody changes
 * something that `message` names.
 */
export type SendResult =
  | { readonly kind: "sent"; readonly pauseMs?: number }
  | { readonly kind: "limited"; readonly pauseMs: number; readonly told: boolean; readonly message: string }
  | { readonly kind: "unauthorized" | "retry" | "refused"; readonly message: string };

/** GitHub asks for at least a minute when a secondary limit does not say how long. */
const secondaryLimitMs = 60_000;

/** Puts a status on its commit, once: the caller repeats, as the answer says. Never throws for what GitHub answers. */
export async function sendStatus(
  github: GitHub,
  status: AddressedStatus,
  signal: AbortSignal,
): Promise<SendResult> {
  try {
    const { headers } = await github.rest.repos.createCommitStatus({
      owner: status.owner,
      repo: status.repo,
      sha: status.sha,
      state: status.state,
      context: status.context,
      description: status.description,
      target_url: status.targetUrl,
      request: { signal },
    });
    const pauseMs = usedUpQuota(headers, clockOf(headers));
    return pauseMs === undefined ? { kind: "sent" } : { kind: "sent", pauseMs };
  } catch (thrown) {
    return resultOf(thrown, `${status.owner}/${status.repo}`);
  }
}

type Headers = Readonly<Record<string, string | number | undefined>>;

interface Refusal {
  readonly status?: unknown;
  readonly message?: unknown;
  readonly response?: { readonly headers: Headers };
}

function resultOf(thrown: unknown, repository: string): SendResult {
  const { status, message: said, response } = thrown as Refusal;
  const text = typeof said === "string" ? said : "no message";
  if (response === undefined) return { kind: "retry", message: `GitHub did not answer: ${text}` };
  const message = `GitHub answered ${String(status)}: ${text}`;
  const limit = requestedPause(response.headers, status, text);
  if (limit !== undefined) return { kind: "limited", ...limit, message };
  if (status === 401) {
    return { kind: "unauthorized", message: `${message}. Is GITHUB_TOKEN right, and not expired?` };
  }
  if (typeof status !== "number" || status >= 500 || status === 408 || status < 400) {
    return { kind: "retry", message };
  }
  if (status === 403 || status === 404) {
    return {
      kind: "refused",
      message: `${message}. GITHUB_TOKEN needs write access to the commit statuses of ${repository}.`,
    };
  }
  return { kind: "refused", message };
}

/** How long GitHub asks us to stay away, if it does. */
function requestedPause(
  headers: Headers,
  status: unknown,
  text: string,
): { pauseMs: number; told: boolean } | undefined {
  const now = clockOf(headers);
  const retryAfter = pauseOf(headers["retry-after"], now);
  if (retryAfter !== undefined) return { pauseMs: retryAfter, told: true };
  if (status !== 403 && status !== 429) return undefined;
  const secondary = /secondary rate limit|abuse detection/i.test(text);
  const quota = usedUpQuota(headers, now);
  if (quota !== undefined)
    return { pauseMs: secondary ? Math.max(quota, secondaryLimitMs) : quota, told: true };
  return secondary || status === 429 ? { pauseMs: secondaryLimitMs, told: false } : undefined;
}

/** How long until the quota is new; undefined while some of it is left. */
function usedUpQuota(headers: Headers, now: number): number | undefined {
  if (String(headers["x-ratelimit-remaining"]) !== "0") return undefined;
  const resetMs = Number(headers["x-ratelimit-reset"]) * 1000 - now;
  return Math.max(Number.isFinite(resetMs) ? resetMs : secondaryLimitMs, 1000);
}

/** GitHub's own clock, for ours may be wrong. */
function clockOf(headers: Headers): number {
  return Date.parse(String(headers["date"])) || Date.now();
}

/** Retry-After is a number of seconds or a date. */
function pauseOf(header: string | number | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(String(header));
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
