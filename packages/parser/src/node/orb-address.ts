import { limitedText } from "./orb-registry.ts";
import type { OrbResolver } from "./orb-resolver.ts";

export interface OrbAddressOptions {
  /** What an address must begin with: `https://orbs.example.org/`. None: no address is fetched. */
  readonly allowedPrefixes: readonly string[];
  readonly fetch?: typeof globalThis.fetch;
  readonly timeoutMs?: number;
}

/** Orbs by address: https, below an allowed prefix, without redirects, at every compile. (R-ORB-8) */
export function orbAddress(options: OrbAddressOptions): OrbResolver {
  const { allowedPrefixes, timeoutMs = 30_000 } = options;
  const request = options.fetch ?? globalThis.fetch;
  return async ({ reference }, signal) => {
    const refused = (message: string) => ({ kind: "not-found", message }) as const;
    if (!reference.startsWith("https://")) return refused("it is no address");
    // As a browser reads it: `https://allowed/../elsewhere` is not below `https://allowed/`.
    const address = URL.canParse(reference) ? new URL(reference).href : undefined;
    if (address === undefined) return refused("the address is malformed");
    if (!allowedPrefixes.some((prefix) => address.startsWith(prefix))) {
      return refused("the address is not below an allowed prefix");
    }
    try {
      const response = await request(address, {
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (!response.ok) return refused(`the address answered ${response.status}`);
      return { kind: "found", orb: { source: await limitedText(response), resolved: reference } };
    } catch (error) {
      signal.throwIfAborted();
      return refused(Error.isError(error) ? error.message : String(error));
    }
  };
}
