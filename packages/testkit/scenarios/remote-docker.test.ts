import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildDockerClientImage, dockerClientImage } from "../src/images/program-image.ts";
import { startSecondDocker } from "../src/second-docker.ts";
import { startStack, type Stack } from "../src/stack.ts";

let stack: Stack;
const cleanUp = new AsyncDisposableStack();

beforeAll(async () => {
  const image = await buildDockerClientImage();
  cleanUp.defer(() => image.remove());
  const second = await startSecondDocker();
  cleanUp.defer(() => second.stop());
  stack = await startStack({
    env: {
      FMG_REMOTE_DOCKER_HOST: second.host,
      FMG_REMOTE_DOCKER_CERT_PATH: second.certPath,
      FMG_MACHINE_IMAGES: `default=${dockerClientImage}`,
    },
  });
  cleanUp.defer(() => stack.stop());
}, 120_000);
afterAll(() => cleanUp.disposeAsync(), 120_000);

const config = (apiPort: string) => `version: 2.1
jobs:
  image:
    docker:
      - image: ${dockerClientImage}
    resource_class: small
    steps:
      - checkout
      - run: echo "before \${DOCKER_HOST:-none}"; ls /var/run/docker.sock || echo no socket
      - setup_remote_docker:
          version: 24.0.9
          docker_layer_caching: true
      - run: |
          DOCKER_BUILDKIT=0 docker build -t app .
          docker cp $(docker create app /hello):/hello - | tar xO
          head -n 2 /fmg/docker/key.pem
  machine:
    machine:
      image: ubuntu-2404:current
    steps:
      - setup_remote_docker
      - run: docker version --format 'server {{.Server.Os}}'
      - run: nc -w 2 $(ip route | sed -n 's/default via \\([0-9.]*\\) .*/\\1/p') ${apiPort} </dev/null || echo API not reached
workflows:
  main:
    jobs:
      - image
      - machine
`;

test("an image is built by a job on the operator's second Docker, which a machine has from its start (R-SRD-1, R-SRD-2, R-SRD-3, R-MCH-2, R-RC-5)", async () => {
  const pushed = await stack.push("octo/image", {
    files: {
      ".circleci/config.yml": config(new URL(String(stack.api.url)).port),
      Dockerfile: "FROM scratch\nCOPY hello.txt /hello\n",
      "hello.txt": "hello from the image\n",
    },
  });
  await stack.waitForPipeline(pushed.pipelineId, "success", 80_000);

  const image = await stack.jobLog(pushed.pipelineId, "image");
  expect(image).toMatch(/before none\n(.*\n)*no socket\n/);
  expect(image).toMatch(/Docker .* is at tcp:.*\n.*\nVersion 24\.0\.9 was asked for/);
  expect(image).toMatch(
    /It has \d+ CPUs and \d+ MB of memory.*; this job's own would be of the class medium\./,
  );
  expect(image).toContain("Layers are kept there for later jobs");
  expect(image).toContain("hello from the image\n");
  expect(image).not.toMatch(/BEGIN (EC )?PRIVATE KEY/);
  const machine = await stack.jobLog(pushed.pipelineId, "machine");
  expect(machine).toContain(`ubuntu-2404:current is the image ${dockerClientImage} here`);
  expect(machine).toContain("server linux\n");
  // SEC-17
  expect(machine).toContain("API not reached\n");
}, 90_000);
