import { execFile } from "node:child_process";
import { readFile, realpath } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import Docker from "dockerode";
import { pack, type Pack } from "tar-stream";
import { buildTestImages, testImages, type TestImage } from "./images.ts";

const run = promisify(execFile);

/** An image of a test image and programs of this machine, each with the libraries that it needs. */
export interface ProgramImage {
  readonly name: string;
  readonly base: TestImage;
  /** Path in the image → path here, or the name of a command here. */
  readonly programs: Readonly<Record<string, string>>;
  /** Path in the image → text of a further file; executable. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Path in the image → folder here that is copied whole. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Further lines of its Dockerfile. */
  readonly lines?: readonly string[];
}

/** busybox and this machine's `docker` command. */
export const dockerClientImage = "fmg-test/docker-client:local";

export function buildDockerClientImage(): Promise<{ remove(): Promise<void> }> {
  return buildProgramImage({
    name: dockerClientImage,
    base: "busybox",
    programs: { "/bin/docker": "docker" },
  });
}

/** Makes the image; `remove` takes it away again. */
export async function buildProgramImage(
  image: ProgramImage,
  docker: Docker = new Docker(),
): Promise<{ remove(): Promise<void> }> {
  await buildTestImages([image.base], docker);
  const context = pack();
  context.entry(
    { name: "Dockerfile" },
    [`FROM ${testImages[image.base]}`, "COPY tree /", ...(image.lines ?? []), ""].join("\n"),
  );
  const copied = new Set<string>();
  for (const [path, command] of Object.entries(image.programs))
    await addProgram(context, path, command, copied);
  for (const [path, text] of Object.entries(image.scripts ?? {}))
    context.entry({ name: `tree${path}`, mode: 0o755 }, text);
  for (const [path, folder] of Object.entries(image.folders ?? {})) await addFolder(context, path, folder);
  context.finalize();
  const answer = await docker.buildImage(Readable.from([await buffer(context)]), { t: image.name });
  const text = (await buffer(answer)).toString();
  if (text.includes('"error"')) throw new Error(`Docker did not make ${image.name}: ${text}`);
  return { remove: () => docker.getImage(image.name).remove({ force: true }) };
}

/** Where a command of this machine really is. */
export async function whereIs(command: string): Promise<string> {
  const { stdout } = await run("sh", ["-c", 'command -v "$1"', "sh", command]);
  return realpath(stdout.trim());
}

async function addProgram(context: Pack, path: string, command: string, copied: Set<string>): Promise<void> {
  const program = await whereIs(command);
  // A static one needs none, and there `ldd` says no.
  const libraries = await run("ldd", [program]).then(
    ({ stdout }) => stdout,
    () => "",
  );
  context.entry({ name: `tree${path}`, mode: 0o755 }, await readFile(program));
  for (const [, library = ""] of libraries.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
    if (copied.has(library)) continue;
    copied.add(library);
    context.entry({ name: `tree${library}`, mode: 0o755 }, await readFile(library));
  }
}

async function addFolder(context: Pack, path: string, folder: string): Promise<void> {
  const { stdout } = await run("find", [folder, "-type", "f", "-printf", "%P\\n"], { maxBuffer: 2 ** 24 });
  for (const file of stdout.split("\n").filter((name) => name !== "")) {
    context.entry({ name: `tree${path}/${file}`, mode: 0o755 }, await readFile(`${folder}/${file}`));
  }
}
