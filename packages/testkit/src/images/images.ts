import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import Docker from "dockerode";
import { pack } from "tar-stream";

/** The images of the tests, made from Debian's busybox-static and bash-static: no registry is asked. */
export const testImages = {
  /** sh and busybox's applets. */
  busybox: "fmg-test/busybox:local",
  /** The same with bash at /bin/bash. */
  bash: "fmg-test/bash:local",
  /** busybox whose user is 1000, with a home of its own. */
  nonroot: "fmg-test/nonroot:local",
} as const;

export type TestImage = keyof typeof testImages;

const DIGEST_LABEL = "fmg-test.digest";
/** Raise it when the making of the trees changes: images of another recipe are made anew. */
const RECIPE = "1";

/**
 * Makes the given images (all by default) unless they are there already. Needs Docker, and the packages busybox-static
 * and bash-static.
 */
export async function buildTestImages(
  wanted: readonly TestImage[] = ["busybox", "bash", "nonroot"],
  docker: Docker = new Docker(),
): Promise<void> {
  const busybox = await readProgram("/bin/busybox", "busybox-static");
  for (const image of wanted) {
    const bash = image === "bash" ? await readProgram("/bin/bash-static", "bash-static") : undefined;
    const digest = digestOf(image, busybox, bash);
    if ((await digestInDocker(docker, testImages[image])) === digest) continue;
    await importImage(docker, image, { tree: await imageTree(busybox, bash), digest });
  }
}

async function readProgram(path: string, debianPackage: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new Error(`${path} is missing. Install it: apt-get install ${debianPackage}`, { cause: error });
  });
}

function digestOf(image: TestImage, ...programs: readonly (Buffer | undefined)[]): string {
  const hash = createHash("sha256").update(RECIPE).update(image);
  for (const program of programs) hash.update(program ?? "");
  return hash.digest("hex");
}

async function digestInDocker(docker: Docker, name: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(name).inspect()).Config.Labels?.[DIGEST_LABEL];
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

const mtime = new Date(0);

async function imageTree(busybox: Buffer, bash: Buffer | undefined): Promise<Buffer> {
  const tree = pack();
  const folder = (name: string, mode = 0o755, owner = 0) =>
    tree.entry({ name, type: "directory", mode, mtime, uid: owner, gid: owner });
  const file = (name: string, content: string | Buffer, mode = 0o644) =>
    tree.entry({ name, mode, mtime }, content);
  const link = (name: string, linkname: string) => tree.entry({ name, type: "symlink", linkname, mtime });

  for (const name of ["bin", "etc", "usr", "var", "proc", "sys", "dev"]) folder(name);
  folder("root", 0o700);
  folder("tmp", 0o1777);
  folder("home/builder", 0o755, 1000);
  for (const name of ["sbin", "usr/bin", "usr/sbin"]) link(name, "/bin");
  file("bin/busybox", busybox, 0o755);
  for (const applet of await applets()) link(`bin/${applet}`, "busybox");
  if (bash !== undefined) file("bin/bash", bash, 0o755);
  file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbuilder:x:1000:1000:builder:/home/builder:/bin/sh\n");
  file("etc/group", "root:x:0:\nbuilder:x:1000:\n");
  tree.finalize();
  return buffer(tree);
}

async function applets(): Promise<string[]> {
  const { stdout } = await promisify(execFile)("/bin/busybox", ["--list"]);
  return stdout.split("\n").filter((name) => name !== "" && name !== "busybox" && !name.includes("/"));
}

async function importImage(
  docker: Docker,
  image: TestImage,
  { tree, digest }: { tree: Buffer; digest: string },
): Promise<void> {
  const changes = [`LABEL ${DIGEST_LABEL}=${digest}`, "ENV PATH=/bin", 'CMD ["/bin/sh"]'];
  if (image === "nonroot") changes.push("USER 1000", "ENV HOME=/home/builder", "WORKDIR /home/builder");
  const [repo, tag] = testImages[image].split(":");
  const answer = await docker.importImage(Readable.from([tree]), { repo, tag, changes });
  const text = (await buffer(answer)).toString();
  if (text.includes('"error"'))
    throw new Error(`Docker did not take the image ${testImages[image]}: ${text}`);
}
