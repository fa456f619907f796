import { compile, type Compilation, type CompileInput } from "../compile.ts";
import type { OrbRef, OrbSource } from "../3-resolve/orbs.ts";
import type { OrbResolver } from "./orb-resolver.ts";

/** A compilation that needs nothing any more. */
export type SettledCompilation = Exclude<Compilation, { kind: "needs-orbs" }>;

// Orbs that use orbs ask for a further round each; published ones come with theirs embedded.
const mostRounds = 10;
const mostOrbs = 200;

/**
 * Compiles, fetches the orbs that are asked for, and compiles again, in bounded rounds. An orb that cannot be had becomes
 * a diagnostic at its reference. Rejects only when the signal aborts, or when a resolver fails in a way that it does
 * not tell as a result.
 */
export async function compileWithOrbs(
  text: string,
  input: CompileInput,
  resolve: OrbResolver,
  signal: AbortSignal,
): Promise<SettledCompilation> {
  const orbs = new Map<string, OrbSource | string>(input.orbs);
  const unavailable = new Map<string, string>(input.unavailableOrbs);
  for (let round = 1; ; round++) {
    signal.throwIfAborted();
    const result = compile(text, { ...input, orbs, unavailableOrbs: unavailable });
    if (result.kind !== "needs-orbs") return result;
    if (round > mostRounds || orbs.size + unavailable.size + result.missing.length > mostOrbs) {
      for (const { reference } of result.missing) unavailable.set(reference, "too many orbs use one another");
      continue;
    }
    await Promise.all(
      result.missing.map((missing) => resolveOne(missing, resolve, { orbs, unavailable }, signal)),
    );
  }
}

async function resolveOne(
  missing: OrbRef,
  resolve: OrbResolver,
  known: { orbs: Map<string, OrbSource | string>; unavailable: Map<string, string> },
  signal: AbortSignal,
): Promise<void> {
  const result = await resolve(missing, signal);
  if (result.kind === "found") known.orbs.set(missing.reference, result.orb);
  else known.unavailable.set(missing.reference, result.message);
}
