export { allowedOrbPattern, allowedOrbs } from "./allowed-orbs.ts";
export { compileWithOrbs, withOrbs, type SettledCompilation, type SoughtOrbs } from "./compile-with-orbs.ts";
export { findOrbs } from "./find-orbs.ts";
export { readOrbSettings, type OrbSettings } from "./orb-settings.ts";
export { orbAddress, type OrbAddressOptions } from "./orb-address.ts";
export { orbCache } from "./orb-cache.ts";
export { orbFolder } from "./orb-folder.ts";
export { orbRegistry, type OrbRegistryOptions } from "./orb-registry.ts";
export { firstOf, type OrbResolver, type OrbResult } from "./orb-resolver.ts";
