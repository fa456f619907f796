import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import Docker from "dockerode";
import { pack } from "tar-stream";
import { testImages } from "./images.ts";

const run = promisify(execFile);

/** busybox and this machine's `docker` command, with the libraries that it needs. */
export const dockerClientImage = "fmg-test/docker-client:local";

/** Makes it of the busybox image, which is there; `remove` takes it away again. */
export async function buildDockerClientImage(
  docker: Docker = new Docker(),
): Promise<{ remove(): Promise<void> }> {
  const { stdout: where } = await run("sh", ["-c", "command -v docker"]);
  const client = where.trim();
  // A static one needs none, and there `ldd` says no.
  const libraries = await run("ldd", [client]).then(
    ({ stdout }) => stdout,
    () => "",
  );
  const needed = [...libraries.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = ""]) => path);
  const context = pack();
  context.entry({ name: "Dockerfile" }, `FROM ${testImages.busybox}\nCOPY tree /\n`);
  for (const path of [client, ...needed]) {
    context.entry(
      { name: `tree${path === client ? "/bin/docker" : path}`, mode: 0o755 },
      await readFile(path),
    );
  }
  context.finalize();
  const answer = await docker.buildImage(Readable.from([await buffer(context)]), { t: dockerClientImage });
  const text = (await buffer(answer)).toString();
  if (text.includes('"error"')) throw new Error(`Docker did not make ${dockerClientImage}: ${text}`);
  return { remove: () => docker.getImage(dockerClientImage).remove({ force: true }) };
}
