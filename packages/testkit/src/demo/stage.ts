import { createServer, type AddressInfo } from "node:net";
import { startStack } from "../stack.ts";
import { chooseImage } from "./choose-image.ts";
import { sampleFiles } from "./sample-repository.ts";
import type { StageMessage } from "./stage-message.ts";

// The demo's stage: git server, fake GitHub, API and orchestrator, in a process of its own so that `--keep` can leave
// it standing. It stops all of it, and removes what it left in Docker, on SIGTERM, on the message "stop", and when the
// demo goes away without having sent "keep".

const REPOSITORY = "octo/hello";

await perform(untilStopped());
// The channel to the demo would keep this process alive.
if (process.connected) process.disconnect();

async function perform(stopped: Promise<void>): Promise<void> {
  const choosing = chooseImage();
  const port = String(await freePort());
  const url = `http://localhost:${port}`;
  const stack = await startStack({ env: { PORT: port, FMG_PUBLIC_URL: url } });
  try {
    tell({ kind: "ready", url, token: stack.adminToken, dataDir: stack.dataDir });
    const chosen = await choosing;
    tell({ kind: "image", ...chosen });
    const files = await sampleFiles(chosen.image);
    const push = await stack.push(REPOSITORY, { files, message: "Say hello" });
    tell({ kind: "pushed", ...push, repository: REPOSITORY });
    process.on("message", (message) => {
      if (message !== "statuses") return;
      tell({ kind: "statuses", statuses: [...stack.github.combined(push.sha).values()] });
    });
    await stopped;
  } finally {
    await stack.stop();
  }
}

function untilStopped(): Promise<void> {
  let kept = false;
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("disconnect", () => {
      if (!kept) resolve();
    });
    process.on("message", (message) => {
      if (message === "keep") kept = true;
      if (message === "stop") resolve();
    });
  });
}

function tell(message: StageMessage): void {
  if (process.connected) process.send?.(message);
}

/** Statuses link to FMG's public URL, so the port has to be known before the API starts. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
