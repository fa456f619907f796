import type { OrbResolver } from "./orb-resolver.ts";

/** `circleci/node`, or a whole namespace: `circleci/*`. */
export const allowedOrbPattern = /^[a-z][a-z0-9_-]*\/([a-z][a-z0-9_-]*|\*)$/;

/** Only orbs of the given names are resolved; an address has rules of its own. (R-ORB-10) */
export function allowedOrbs(names: readonly string[], resolve: OrbResolver): OrbResolver {
  return async (reference, signal) => {
    const { name } = reference;
    const isAllowed = names.includes(name) || names.includes(name.replace(/\/.*$/, "/*"));
    if (isAllowed || name.startsWith("https://")) return resolve(reference, signal);
    return { kind: "not-found", message: `only the orbs ${names.join(", ")} are allowed here` };
  };
}
