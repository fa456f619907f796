import { allowedOrbs } from "./allowed-orbs.ts";
import { orbAddress } from "./orb-address.ts";
import { orbCache } from "./orb-cache.ts";
import { orbFolder } from "./orb-folder.ts";
import { orbRegistry } from "./orb-registry.ts";
import { firstOf, type OrbResolver } from "./orb-resolver.ts";
import type { OrbSettings } from "./orb-settings.ts";

/**
 * Finds the orbs of configs where the operator said: the folder first, then the registry, whose exact versions are kept
 * in `cache` for good. (R-ORB-8, R-ORB-10, R-ORB-12)
 */
export function findOrbs({ folder, registry, addresses, allowed }: OrbSettings, cache: string): OrbResolver {
  const named = [
    ...(folder === undefined ? [] : [orbFolder(folder)]),
    ...(registry === undefined ? [] : [orbCache(cache, remote(registry))]),
  ];
  const found = named.length === 0 ? noPlace : firstOf(named);
  const byAddress = orbAddress({ allowedPrefixes: addresses });
  const resolve: OrbResolver = (reference, signal) =>
    (reference.name.startsWith("https://") ? byAddress : found)(reference, signal);
  return allowed === undefined ? resolve : allowedOrbs(allowed, resolve);
}

function remote({ url, token }: NonNullable<OrbSettings["registry"]>): OrbResolver {
  return orbRegistry({ url, ...(token === undefined ? {} : { token: token.reveal() }) });
}

const noPlace: OrbResolver = async () => ({
  kind: "not-found",
  message: "no place for orbs is named here: FMG_ORBS_DIR or FMG_ORB_REGISTRY_URL names one",
});
