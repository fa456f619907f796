import type { EnvironmentPlan, ParameterValue, Secret } from "@fmg/core";

import { volumePath } from "../row/step-command.ts";
import type { TarEntry } from "../tar/write-tar.ts";

/** What a job asks the pipeline to go on with. (R-DYN-11) */
export interface ContinuationRequest {
  /** The text of a config. */
  readonly configuration: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** `message` is for the job's log. */
export interface ContinuationAnswer {
  readonly status: 200 | 400 | 404 | 410 | 413 | 503;
  readonly message: string;
}

/**
 * What makes a job one of a setup workflow: it knows the key, and may continue its pipeline. The runner takes requests at
 * `https://<continuationHost>/api/v2/pipeline/continue` in the job's own network, from the job alone, and hands on those that are well
 * made and have the key; `accept` decides. It must answer the same to the same request: clients repeat theirs. Where it throws, the
 * client is asked to try again, and nobody else hears of it. (R-DYN-2, R-DYN-12)
 */
export interface Continuation {
  readonly key: Secret;
  accept(request: ContinuationRequest): Promise<ContinuationAnswer>;
}

/** Only a job's own network knows it. */
export const continuationName = "fmg.internal";
/** Not 443: that is the job's own to use. */
export const continuationPort = 4439;
/** What the compiler sets for `circleci_domain`. (R-DYN-13) */
export const continuationHost = `${continuationName}:${continuationPort}`;

const folder = "continuation";
export const authorityPath = `${volumePath}/${folder}/authority.pem`;
/** The image's authorities and ours; the step program makes it. */
export const bundlePath = `${volumePath}/${folder}/bundle.pem`;

export function continuationFiles(authority: string): TarEntry[] {
  return [
    { name: folder, kind: "directory", mode: 0o777 },
    { name: `${folder}/authority.pem`, kind: "file", mode: 0o444, content: authority },
  ];
}

/** By which curl, OpenSSL, Go, Python and Node find the authorities that they trust. */
export const trustVariables: EnvironmentPlan = [
  { name: "CURL_CA_BUNDLE", value: bundlePath },
  { name: "SSL_CERT_FILE", value: bundlePath },
  { name: "NODE_EXTRA_CA_CERTS", value: bundlePath },
];

/** A built-in variable, and a secret: no log shows it. (R-DYN-2, R-MASK-1) */
export function keyVariables(continuation: Continuation | undefined): EnvironmentPlan {
  if (continuation === undefined) return [];
  return [{ name: "CIRCLE_CONTINUATION_KEY", value: continuation.key.reveal() }];
}
