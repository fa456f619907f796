import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FmgError, Secret } from "@fmg/core";

import type { RemoteDocker } from "./host-offers.ts";

/** Reads `NAME=IMAGE,…`, where the name `default` stands for every machine image that has no entry. */
export function readMachineImages(text: string | undefined): ReadonlyMap<string, string> {
  const entries = (text ?? "").split(",").filter((entry) => entry.trim() !== "");
  return new Map(
    entries.map((entry): [string, string] => {
      const [, name, image] = /^([^\s=]+)=([^\s=]+)$/.exec(entry.trim()) ?? [];
      if (name !== undefined && image !== undefined) return [name, image];
      throw invalid(`FMG_MACHINE_IMAGES has "${entry}", but takes name=image, set apart by commas`);
    }),
  );
}

/**
 * Reads where the second Docker is, and the certificates that a client of it needs: ca.pem, cert.pem and key.pem. Without them
 * it is refused: who reaches an open daemon, as every container would, is root where it runs.
 */
export function readRemoteDocker(
  host: string | undefined,
  certificates: string | undefined,
): RemoteDocker | undefined {
  if (host === undefined) return undefined;
  const url = URL.parse(host);
  if (url?.protocol !== "tcp:" || url.hostname === "" || url.port === "") {
    throw invalid(`FMG_REMOTE_DOCKER_HOST is "${host}", but must be tcp://HOST:PORT`);
  }
  if (certificates === undefined) {
    throw invalid(
      "FMG_REMOTE_DOCKER_HOST needs FMG_REMOTE_DOCKER_CERT_PATH: a folder with ca.pem, cert.pem, key.pem",
    );
  }
  const read = (name: string): string => {
    try {
      return readFileSync(join(certificates, name), "utf8");
    } catch (cause) {
      throw invalid(`FMG_REMOTE_DOCKER_CERT_PATH (${certificates}): ${name} cannot be read`, cause);
    }
  };
  return {
    host: `tcp://${url.host}`,
    certificates: { ca: read("ca.pem"), certificate: read("cert.pem"), key: new Secret(read("key.pem")) },
  };
}

function invalid(message: string, cause?: unknown): FmgError {
  return new FmgError("settings_invalid", message, { cause });
}
