import type { Daemon } from "./daemon.ts";

interface NetworkFacts {
  readonly Id: string;
  readonly Name: string;
}

/**
 * The id of the bridge of that name, made if need be. The daemon lets two networks have one name; when two processes make it at
 * once, both look again and take the lowest id. Nobody removes it: it is no instance's own.
 */
export async function ensureNetwork(daemon: Daemon, name: string, signal: AbortSignal): Promise<string> {
  const existing = await lowestId(daemon, name, signal);
  if (existing !== undefined) return existing;
  await daemon.call(
    {
      method: "POST",
      path: "/networks/create",
      body: {
        Name: name,
        Driver: "bridge",
        CheckDuplicate: true,
        Labels: { "fmg.role": "network" },
        Options: {
          // Containers of different jobs cannot reach each other.
          "com.docker.network.bridge.enable_icc": "false",
          // Firewall rules name it.
          "com.docker.network.bridge.name": name,
        },
      },
      // 403: another process made it, and the bridge is there.
      alsoFine: [403, 409],
      doing: `creating the network ${name}`,
    },
    signal,
  );
  const made = await lowestId(daemon, name, signal);
  if (made === undefined) throw new Error(`the network ${name} was removed as soon as it was made`);
  return made;
}

async function lowestId(daemon: Daemon, name: string, signal: AbortSignal): Promise<string | undefined> {
  const query = { filters: JSON.stringify({ name: [`^${name}$`] }) };
  const doing = `looking for the network ${name}`;
  const found = await daemon.call({ method: "GET", path: "/networks", query, doing }, signal);
  return (found as NetworkFacts[])
    .filter((network) => network.Name === name)
    .map((network) => network.Id)
    .sort()[0];
}
