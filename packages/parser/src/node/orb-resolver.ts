import type { OrbRef, OrbSource } from "../3-resolve/orbs.ts";

/** What a resolver made of a reference. */
export type OrbResult =
  | { readonly kind: "found"; readonly orb: Required<OrbSource> }
  /** For the diagnostic at the reference: what was tried. */
  | { readonly kind: "not-found"; readonly message: string };

/** Finds the source of an orb: a folder, a registry, an address. May be asked for several at once. */
export type OrbResolver = (reference: OrbRef, signal: AbortSignal) => Promise<OrbResult>;

/** Asks one resolver after the other; the first find counts. */
export function firstOf(resolvers: readonly OrbResolver[]): OrbResolver {
  return async (reference, signal) => {
    const messages: string[] = [];
    for (const resolve of resolvers) {
      const result = await resolve(reference, signal);
      if (result.kind === "found") return result;
      messages.push(result.message);
    }
    return { kind: "not-found", message: messages.join("; ") || "no place to look for orbs is set" };
  };
}
