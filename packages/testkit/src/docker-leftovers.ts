import Docker from "dockerode";

/** Names of the containers and volumes in Docker that bear an instance's label. */
export async function leftovers(instance: string, docker: Docker = new Docker()): Promise<string[]> {
  const { containers, volumes } = await labelled(docker, instance);
  return [
    ...containers.map(({ Names, Id }) => `container ${Names[0] ?? Id}`),
    ...volumes.map(({ Name }) => `volume ${Name}`),
  ];
}

/** Removes every container and volume of an instance, running ones too. What is gone already is fine. */
export async function removeLeftovers(instance: string, docker: Docker = new Docker()): Promise<void> {
  const { containers, volumes } = await labelled(docker, instance);
  for (const { Id } of containers)
    await docker.getContainer(Id).remove({ force: true, v: true }).catch(goneIsFine);
  for (const { Name } of volumes) await docker.getVolume(Name).remove({ force: true }).catch(goneIsFine);
}

async function labelled(
  docker: Docker,
  instance: string,
): Promise<{ containers: Docker.ContainerInfo[]; volumes: Docker.VolumeInspectInfo[] }> {
  const filters = { label: [`fmg.instance=${instance}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes } = await docker.listVolumes({ filters });
  return { containers, volumes: Volumes };
}

function goneIsFine(error: unknown): void {
  const status = (error as { statusCode?: number }).statusCode;
  // 409: its removal is under way already.
  if (status !== 404 && status !== 409) throw error;
}
