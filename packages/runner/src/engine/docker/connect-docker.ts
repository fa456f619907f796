import type { ContainerEngine } from "../container-engine.ts";
export interface DockerOptions { readonly socketPath?: string; readonly startsAtOnce?: number }
export function connectDocker(options: DockerOptions = {}): ContainerEngine {
  throw new Error(String(options));
}
