import type { EnvironmentPlan } from "@fmg/core";

import type { RemoteDocker } from "./host-offers.ts";
import { volumePath } from "./row/step-command.ts";
import type { TarEntry } from "./tar/write-tar.ts";

const folder = "docker";

/** What Docker's own command line reads to find the daemon. */
export function dockerVariables({ host }: RemoteDocker): EnvironmentPlan {
  return [
    { name: "DOCKER_HOST", value: host },
    { name: "DOCKER_TLS_VERIFY", value: "1" },
    { name: "DOCKER_CERT_PATH", value: `${volumePath}/${folder}` },
  ];
}

/** The certificates as files in the attempt's own volume, for whichever user the steps have; they go with it. */
export function dockerFiles({ certificates: { ca, certificate, key } }: RemoteDocker): TarEntry[] {
  const file = (name: string, content: string): TarEntry => ({
    name: `${folder}/${name}.pem`,
    kind: "file",
    mode: 0o444,
    content,
  });
  return [
    { name: folder, kind: "directory", mode: 0o755 },
    file("ca", ca),
    file("cert", certificate),
    file("key", key.reveal()),
  ];
}
