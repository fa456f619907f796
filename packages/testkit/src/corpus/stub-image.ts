import Docker from "dockerode";
import { buildProgramImage } from "../images/program-image.ts";

const image = "fmg-test/corpus:local";

/**
 * bash that answers each program which the image has not with a line that names it, and success: what a real config installs or
 * fetches comes from a network that a test does not have.
 */
const stubbingBash = `#!/bin/sh
exec /bin/env 'BASH_FUNC_command_not_found_handle%%=() { echo "stub: $*" >&2; }' /bin/bash-itself "$@"
`;

/** What people run by another program: the other one is what counts. */
const passOn = (options: string): string => `#!/bin/sh
while :; do case \${1:-} in ${options}) shift ;; *=*) export "$1"; shift ;; *) break ;; esac; done
exec /bin/bash -c '"$@"' bash "$@"
`;

/** Nothing is fetched; busybox's diff does not tell reliably what stands in two pipes. */
const quiet = `#!/bin/sh
echo "stub: \${0##*/} $*" >&2
`;

/** The image that stands in for every image of a corpus config. */
export async function buildStubImage(): Promise<{ readonly name: string; remove(): Promise<void> }> {
  const fetching = ["wget", "apt-get", "nc", "dpkg", "rpm", "ping", "docker", "unzip", "diff"];
  const scripts = Object.fromEntries(fetching.map((name) => [`/usr/local/bin/${name}`, quiet]));
  const built = await buildProgramImage({
    name: image,
    base: "bash",
    programs: { "/bin/bash-itself": "/bin/bash-static" },
    scripts: { ...scripts, "/bin/bash": stubbingBash, "/usr/local/bin/sudo": passOn("-*") },
    lines: ["ENV PATH=/usr/local/bin:/bin"],
  });
  return { name: image, remove: () => built.remove() };
}

/** Names the image as each of the given ones that this daemon has not; `remove` takes those names away again. */
export async function standInFor(
  image: string,
  names: Iterable<string>,
  docker = new Docker(),
): Promise<{ remove(): Promise<void> }> {
  const tagged: string[] = [];
  for (const name of names) {
    if (await isThere(docker, name)) continue;
    const [, repo = name, tag = "latest"] = /^(.+?)(?::([^/:]+))?$/.exec(name) ?? [];
    await docker.getImage(image).tag({ repo, tag });
    tagged.push(name);
  }
  return {
    async remove() {
      for (const name of tagged) await docker.getImage(name).remove();
    },
  };
}

async function isThere(docker: Docker, name: string): Promise<boolean> {
  return docker
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}
