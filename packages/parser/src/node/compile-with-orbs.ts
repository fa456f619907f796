import { compile, type Compilation, type CompileInput } from "../compile.ts";
import type { OrbRef, OrbSource } from "../3-resolve/orbs.ts";
import type { OrbResolver } from "./orb-resolver.ts";

/** A compilation that needs nothing any more. */
export type SettledCompilation = Exclude<Compilation, { kind: "needs-orbs" }>;

/** The orbs that were looked for so far: what was found, and what cannot be had. */
export type SoughtOrbs = Required<Pick<CompileInput, "orbs" | "unavailableOrbs">>;

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
  return withOrbs<never>((sought) => compile(text, { ...input, ...sought }), resolve, signal, input);
}

/** The same for a compiler that is elsewhere, in a thread for example, and may have an answer of its own. */
export async function withOrbs<Other extends string>(
  compileOnce: (sought: SoughtOrbs) => Compilation | Promise<Compilation | Other>,
  resolve: OrbResolver,
  signal: AbortSignal,
  given: Partial<SoughtOrbs> = {},
): Promise<SettledCompilation | Other> {
  const orbs = new Map<string, OrbSource | string>(given.orbs);
  const unavailableOrbs = new Map<string, string>(given.unavailableOrbs);
  for (let round = 1; ; round++) {
    signal.throwIfAborted();
    const result = await compileOnce({ orbs, unavailableOrbs });
    if (typeof result === "string" || result.kind !== "needs-orbs") return result;
    if (round > mostRounds || orbs.size + unavailableOrbs.size + result.missing.length > mostOrbs) {
      for (const { reference } of result.missing)
        unavailableOrbs.set(reference, "too many orbs use one another");
      continue;
    }
    await Promise.all(
      result.missing.map((missing) => resolveOne(missing, resolve, { orbs, unavailableOrbs }, signal)),
    );
  }
}

async function resolveOne(
  missing: OrbRef,
  resolve: OrbResolver,
  sought: { orbs: Map<string, OrbSource | string>; unavailableOrbs: Map<string, string> },
  signal: AbortSignal,
): Promise<void> {
  const result = await resolve(missing, signal);
  if (result.kind === "found") sought.orbs.set(missing.reference, result.orb);
  else sought.unavailableOrbs.set(missing.reference, result.message);
}
