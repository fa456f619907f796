import type { CommitStatus } from "@fmg/core";
import type { GitHub } from "./create-github.ts";

/** A status and the commit that it goes to. */
export interface AddressedStatus extends CommitStatus {
  readonly owner: string;
  readonly repo: string;
  readonly sha: string;
}

/**
 * What came of it. `retry`: the same request may succeed later, not before `afterMs` if that is told. `refused`: it never
 * will, until somebody changes something that `message` names.
 */
export type SendResult =
  | { readonly kind: "sent" }
  | { readonly kind: "retry"; readonly afterMs?: number; readonly message: string }
  | { readonly kind: "refused"; readonly message: string };

/** GitHub asks for at least a minute when a secondary limit does not say how long. */
const secondaryLimitMs = 60_000;
/** A token that expired may be replaced, which takes a person: no use in asking every few seconds. */
const wrongTokenMs = 10 * 60_000;

/** Puts a status on its commit, once: the caller repeats, as the answer says. Never throws for what GitHub answers. */
export async function sendStatus(
  github: GitHub,
  status: AddressedStatus,
  signal: AbortSignal,
): Promise<SendResult> {
  try {
    await github.rest.repos.createCommitStatus({
      owner: status.owner,
      repo: status.repo,
      sha: status.sha,
      state: status.state,
      context: status.context,
      description: status.description,
      target_url: status.targetUrl,
      request: { signal },
    });
    return { kind: "sent" };
  } catch (thrown) {
    return resultOf(thrown, `${status.owner}/${status.repo}`);
  }
}

interface Refusal {
  readonly status?: unknown;
  readonly message?: unknown;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

function resultOf(thrown: unknown, repository: string): SendResult {
  const { status, message: said, response } = thrown as Refusal;
  const text = typeof said === "string" ? said : "no message";
  if (response === undefined) return { kind: "retry", message: `GitHub did not answer: ${text}` };
  const message = `GitHub answered ${String(status)}: ${text}`;
  const afterMs = requestedPause(response.headers, status, text);
  if (afterMs !== undefined) return { kind: "retry", afterMs, message };
  if (status === 401) {
    return {
      kind: "retry",
      afterMs: wrongTokenMs,
      message: `${message}. Is GITHUB_TOKEN right, and not expired?`,
    };
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
  headers: NonNullable<Refusal["response"]>["headers"],
  status: unknown,
  text: string,
): number | undefined {
  const now = Date.parse(String(headers["date"])) || Date.now();
  const retryAfter = pauseOf(headers["retry-after"], now);
  if (status !== 403 && status !== 429) return retryAfter;
  const secondary = /secondary rate limit|abuse detection/i.test(text);
  if (retryAfter !== undefined) return retryAfter;
  if (String(headers["x-ratelimit-remaining"]) === "0") {
    const reset = Number(headers["x-ratelimit-reset"]) * 1000 - now;
    return Math.max(Number.isFinite(reset) ? reset : secondaryLimitMs, secondary ? secondaryLimitMs : 1000);
  }
  return secondary || status === 429 ? secondaryLimitMs : undefined;
}

/** Retry-After is a number of seconds or a date. */
function pauseOf(header: string | number | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(String(header));
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
