import { beforeAll, expect, jest, test } from "@jest/globals";
import Docker from "dockerode";
import { Writable } from "node:stream";
import { buildTestImages, testImages } from "./images.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

const docker = new Docker();

beforeAll(() => buildTestImages());

async function run(image: string, command: string[]): Promise<{ output: string; code: number }> {
  let output = "";
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      output += chunk.toString();
      done();
    },
  });
  const options = {
    Tty: true,
    HostConfig: { NetworkMode: "none" },
    Labels: { "fmg.instance": "test-images" },
  };
  const [result, container] = (await docker.run(image, command, sink, options)) as [
    { StatusCode: number },
    Docker.Container,
  ];
  await container.remove({ force: true });
  return { output: output.replaceAll("\r\n", "\n"), code: result.StatusCode };
}

test("the busybox image runs a shell as root with the usual programs, and a /tmp for everyone", async () => {
  const { output, code } = await run(testImages.busybox, [
    "sh",
    "-c",
    "id -un; ls -ld /tmp | cut -c1-10; exit 3",
  ]);

  expect(output).toBe("root\ndrwxrwxrwt\n");
  expect(code).toBe(3);
});

test("the busybox image has no bash, the bash image has", async () => {
  const ask = ["sh", "-c", "command -v bash || echo none"];

  expect((await run(testImages.busybox, ask)).output).toBe("none\n");
  expect((await run(testImages.bash, ask)).output).toBe("/bin/bash\n");
  expect(
    (await run(testImages.bash, ["bash", "-c", "set -o pipefail; echo ${BASH_VERSION%%.*}"])).output,
  ).toBe("5\n");
});

test("the nonroot image runs as user 1000 in a home that it can write to", async () => {
  const { output } = await run(testImages.nonroot, ["sh", "-c", "id -u; pwd; touch ~/x && echo written"]);

  expect(output).toBe("1000\n/home/builder\nwritten\n");
});

test("images that are there are not made again", async () => {
  const before = (await docker.getImage(testImages.bash).inspect()).Id;

  await buildTestImages();

  expect((await docker.getImage(testImages.bash).inspect()).Id).toBe(before);
});
