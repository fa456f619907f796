import type { RemoteDocker } from "../../host-offers.ts";
import { openDaemon } from "./daemon.ts";

/** The version of a second daemon; `docker_unavailable` when it does not answer us. */
export async function remoteDockerVersion(
  { host, certificates }: RemoteDocker,
  signal: AbortSignal,
): Promise<string> {
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
  const doing = `asking the remote Docker at ${host} for its version`;
  const answer = await daemon.call({ method: "GET", path: "/version", doing }, signal);
  return (answer as { Version: string }).Version;
}
