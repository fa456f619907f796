import { lookup as dnsLookup } from "node:dns";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";

/** What is not the public internet: this machine, its networks, a cloud's metadata, and what stands for them. (SEC-13) */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  notPublic.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  // Within 2000::/3, of which all else is public.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
] as const) {
  notPublic.addSubnet(network, prefix, "ipv6");
}
const globalIPv6 = new BlockList();
globalIPv6.addSubnet("2000::", 3, "ipv6");

/** Whether something may be sent to an address: to a public one, or to one in a network that the operator allows. */
export function isAllowedAddress(address: string, allowed: BlockList): boolean {
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  if (allowed.check(address, family)) return true;
  if (family === "ipv6" && !globalIPv6.check(address, "ipv6")) return false;
  return !notPublic.check(address, family);
}

/** A connection that was refused before a packet of it left. */
export class ForbiddenAddress extends Error {
  constructor(host: string, address: string) {
    super(
      `${host} is at ${address}, which is no public address; "allowNetworks" in the file of FMG_NOTIFY_FILE allows it`,
    );
  }
}

/** Throws `ForbiddenAddress` for a host that is written as an address and is not allowed. Names are left to the look-up. */
export function checkWrittenAddress(hostname: string, allowed: BlockList): void {
  const address = hostname.replaceAll(/^\[|\]$/g, "");
  if (isIP(address) !== 0 && !isAllowedAddress(address, allowed)) {
    throw new ForbiddenAddress(hostname, address);
  }
}

type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: readonly { address: string; family: number }[]) => void,
) => void;

const systemResolve: Resolve = (hostname, callback) => dnsLookup(hostname, { all: true }, callback);

/**
 * A look-up for a connection: it is made to the very addresses that were checked, so a name that resolves otherwise a moment
 * later leads nowhere else. One address that is not allowed refuses the name.
 */
export function guardedLookup(allowed: BlockList, resolve: Resolve = systemResolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), "", 0);
        return;
      }
      const forbidden = addresses.find(({ address }) => !isAllowedAddress(address, allowed));
      if (forbidden !== undefined) callback(new ForbiddenAddress(hostname, forbidden.address), "", 0);
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}
