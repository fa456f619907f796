import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { startApp, type App } from "./processes.ts";
import { repoRoot } from "./repo-root.ts";

// Real processes, on a machine that may be busy with other tests.
jest.setTimeout(30_000);

let folder: string;
let app: App | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-app-"));
});

afterEach(async () => {
  await app?.kill();
  await rm(folder, { recursive: true, force: true });
});

async function program(source: string): Promise<string> {
  const file = join(folder, "main.ts");
  await writeFile(file, source);
  return relative(repoRoot, file);
}

const listen = `console.log(JSON.stringify({ msg: "listening", url: "http://x:" + process.env.PORT }));`;
const stay = `setInterval(() => {}, 1000);`;

test("an app is ready when it logs that it listens, and its settings are all it is told", async () => {
  const main = await program(
    `${listen} ${stay} console.log(Object.keys(process.env).includes("JEST_WORKER_ID"));`,
  );
  app = await startApp({ main, env: { PORT: "7" } });

  expect(app.url).toBe("http://x:7");
  await app.waitForLog(({ msg }) => msg === "false", 5000);
});

test("an app that ends before it listens is told with its last lines", async () => {
  const main = await program(`console.error("no such setting"); process.exit(2);`);

  await expect(startApp({ main, env: {} })).rejects.toThrow(/it ended with code 2[^]*no such setting/);
});

test("SIGTERM lets an app end by itself; a restart gives it the same settings", async () => {
  const main = await program(`process.on("SIGTERM", () => process.exit(7)); ${listen} ${stay}`);
  app = await startApp({ main, env: { PORT: "8" } });

  expect(await app.stop()).toBe(7);

  app = await app.restart();
  expect(app.url).toBe("http://x:8");
});

test("an app that ignores SIGTERM is killed, and that is an error", async () => {
  const main = await program(`process.on("SIGTERM", () => {}); ${listen} ${stay}`);
  app = await startApp({ main, env: {} });

  await expect(app.stop(100)).rejects.toThrow("did not end within 100 ms of SIGTERM");
  expect(app.isRunning()).toBe(false);
});
