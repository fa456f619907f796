import type { OrbResolver } from "./orb-resolver.ts";

export interface OrbRegistryOptions {
  /** The GraphQL endpoint: `https://circleci.com/graphql-unstable`, or one's own that speaks the same. */
  readonly url: string;
  /** Sent as `Authorization`; for private orbs. */
  readonly token?: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly timeoutMs?: number;
}

const query = `query ($orbVersionRef: String!) {
  orbVersion(orbVersionRef: $orbVersionRef) { id version orb { name } source }
}`;

/** Characters of one orb's source: the largest published ones have a tenth of it. */
export const maximumOrbCharacters = 4 * 1024 * 1024;

/** Orbs of a registry that speaks CircleCI's GraphQL. Refusals are told; a broken connection too, with its reason. */
export function orbRegistry(options: OrbRegistryOptions): OrbResolver {
  const { url, token, timeoutMs = 30_000 } = options;
  const request = options.fetch ?? globalThis.fetch;
  return async ({ reference, name }, signal) => {
    const refused = (reason: string) => ({ kind: "not-found", message: `${url}: ${reason}` }) as const;
    if (name.startsWith("https://")) return refused("an address is no orb of a registry");
    try {
      const response = await request(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          ...(token === undefined ? {} : { authorization: token }),
        },
        body: JSON.stringify({ query, variables: { orbVersionRef: reference } }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (!response.ok) return refused(`answered ${response.status}`);
      const found = orbOf(await limitedText(response));
      if (typeof found === "string") return refused(found);
      return { kind: "found", orb: { source: found.source, resolved: `${name}@${found.version}` } };
    } catch (error) {
      signal.throwIfAborted();
      return refused(Error.isError(error) ? reasonOf(error) : String(error));
    }
  };
}

function reasonOf(error: Error): string {
  return Error.isError(error.cause) ? `${error.message}: ${error.cause.message}` : error.message;
}

/** The body of a response, up to the bound on orbs. */
export async function limitedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maximumOrbCharacters) throw new Error(`more than ${maximumOrbCharacters} characters`);
  }
  return text + decoder.decode();
}

interface RegistryAnswer {
  readonly data?: {
    readonly orbVersion?: { readonly version?: unknown; readonly source?: unknown } | null;
  } | null;
  readonly errors?: readonly { readonly message?: unknown }[];
}

function orbOf(body: string): { version: string; source: string } | string {
  const answer = parseAnswer(body);
  if (answer === undefined) return "the answer is no JSON";
  const message = answer.errors?.[0]?.message;
  if (typeof message === "string") return message;
  const orb = answer.data?.orbVersion;
  if (typeof orb?.source !== "string" || typeof orb.version !== "string")
    return "there is no such orb or version";
  return { version: orb.version, source: orb.source };
}

function parseAnswer(body: string): RegistryAnswer | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    // No JSON: told by the caller.
    return undefined;
  }
}
