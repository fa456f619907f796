import type { RemoteDocker } from "../../host-offers.ts";
import { openDaemon } from "./daemon.ts";

/** What a second daemon says of itself. */
export interface RemoteDockerFacts {
  readonly version: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Asks a second daemon; throws `docker_unavailable` when it does not answer us. */
export async function remoteDockerFacts(
  { host, certificates }: RemoteDocker,
  signal: AbortSignal,
): Promise<RemoteDockerFacts> {
  const { hostname, port } = new URL(host);
  const { ca, certificate, key } = certificates;
  const daemon = openDaemon({
    protocol: "https",
    host: hostname,
    port: Number(port),
    ca,
    cert: certificate,
    key: key.reveal(),
  });
  const doing = `asking the remote Docker at ${host} what it is`;
  const answer = await daemon.call({ method: "GET", path: "/info", doing }, signal);
  const { ServerVersion, NCPU, MemTotal } = answer as {
    ServerVersion: string;
    NCPU: number;
    MemTotal: number;
  };
  return { version: ServerVersion, cpus: NCPU, memoryBytes: MemTotal };
}
