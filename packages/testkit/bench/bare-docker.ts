import { randomBytes } from "node:crypto";
import type Docker from "dockerode";

/** A container without FMG: the floor that jobs are compared with. */
export interface BareContainer {
  readonly image: string;
  readonly network: string;
}

const labels = { "fmg.role": "benchmark" };

/** Create, start, wait of one script in a container, in milliseconds; with `remove` also its removal. */
export async function bareJob(
  docker: Docker,
  { image, network, script, remove }: BareContainer & { script: string; remove?: boolean },
): Promise<number> {
  const began = performance.now();
  const container = await docker.createContainer({
    Image: image,
    Cmd: ["sh", "-ec", script],
    Labels: labels,
    HostConfig: { NetworkMode: network },
  });
  await container.start();
  const { StatusCode } = (await container.wait()) as { StatusCode: number };
  const ended = performance.now();
  await container.remove({ v: true });
  if (StatusCode !== 0) throw new Error(`the bare container ended with ${StatusCode}`);
  return (remove === true ? performance.now() : ended) - began;
}

/** Gives `work` the name of a running container that does nothing, and removes it afterwards. */
export async function withBareContainer<T>(
  docker: Docker,
  { image, network }: BareContainer,
  work: (name: string) => Promise<T>,
): Promise<T> {
  const container = await docker.createContainer({
    name: `fmg-bench-${randomBytes(4).toString("hex")}`,
    Image: image,
    Cmd: ["sh", "-c", "trap exit TERM; while :; do sleep 3600 & wait $!; done"],
    Labels: labels,
    HostConfig: { NetworkMode: network },
  });
  try {
    await container.start();
    return await work(container.id);
  } finally {
    await container.remove({ force: true, v: true });
  }
}
