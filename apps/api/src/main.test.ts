import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createClient } from "@fmg/client";
import { pushPayload, signedDelivery } from "@fmg/github/testing";
import { startApp, type App } from "@fmg/testkit";

jest.setTimeout(60_000);

let dataDir: string;
let app: App | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "fmg-main-"));
});
afterEach(async () => {
  if (app?.isRunning()) await app.stop(10_000);
  rmSync(dataDir, { recursive: true, force: true });
});

const start = (env: Record<string, string> = {}): Promise<App> =>
  startApp({
    main: "apps/api/src/main.ts",
    env: { PORT: "0", FMG_DATA_DIR: dataDir, ...env },
    startWithinMs: 50_000,
  });

describe("the API as a process", () => {
  test("says where it listens and where its secrets are, which open it", async () => {
    app = await start();
    const told = app.log.find(({ msg }) => msg === "where the secrets are");

    expect(told).toMatchObject({
      adminToken: join(dataDir, "admin-token"),
      webhookSecret: join(dataDir, "webhook-secret"),
    });
    for (const file of ["admin-token", "webhook-secret"])
      expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
    const token = readFileSync(join(dataDir, "admin-token"), "utf8").trim();
    const client = createClient({ serverUrl: app.url ?? "", token });
    expect(await client.listRunners()).toMatchObject({ items: [{ id: 1, host: "localhost" }] });
    expect(JSON.stringify(app.log)).not.toContain(token);
    expect(await (await fetch(`${app.url}/readyz`)).text()).toBe("ready\n");
  });

  test("takes a push, ends in order within ten seconds, and still has it at the next start", async () => {
    app = await start();
    const secret = readFileSync(join(dataDir, "webhook-secret"), "utf8").trim();
    const payload = pushPayload({
      repo: "octo/repo",
      ref: "refs/heads/main",
      after: "a".repeat(40),
      cloneUrl: "https://github.com/octo/repo.git",
    });
    const delivery = signedDelivery({ event: "push", payload, secret, deliveryId: "d-1" });
    const post = () =>
      fetch(`${app?.url}/webhook`, {
        method: "POST",
        body: new Uint8Array(delivery.body),
        headers: delivery.headers,
      });

    expect((await post()).status).toBe(202);
    expect(await app.stop(10_000)).toBe(0);
    app = await app.restart();
    const again = await post();

    expect(again.status).toBe(200);
    expect(await again.json()).toEqual({ pipelineId: 1 });
  });

  test("finishes a request that it has accepted when it is told to end", async () => {
    app = await start({ WEBHOOK_SECRET: "known secret" });
    const body = JSON.stringify({ zen: "x".repeat(100_000) });
    let release: (() => void) | undefined;
    const rest = new Promise<void>((resolve) => (release = resolve));
    const half = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from(body.slice(0, 50_000)));
        await rest;
        controller.enqueue(Buffer.from(body.slice(50_000)));
        controller.close();
      },
    });
    const answer = fetch(`${app.url}/webhook`, {
      method: "POST",
      body: half,
      duplex: "half",
      headers: {
        "content-type": "application/json",
        "x-github-event": "ping",
        "x-github-delivery": "d-1",
        "x-hub-signature-256": `sha256=${createHmac("sha256", "known secret").update(body).digest("hex")}`,
      },
    });
    // The server has the first half once it answers another request that came after it.
    await fetch(`${app.url}/healthz`);
    const ended = app.stop(10_000);
    await app.waitForLog(({ msg }) => msg.startsWith("closing"), 10_000);
    release?.();

    expect((await answer).status).toBe(200);
    expect(await ended).toBe(0);
  });

  test.each([
    ["a setting that is wrong", { PORT: "http" }, "the setting PORT is not a port"],
    [
      "a Redis program that is not there",
      { FMG_REDIS_BIN: "/nowhere/redis-server" },
      "/nowhere/redis-server",
    ],
  ])("ends with a sentence for %s", async (_, env, sentence) => {
    await expect(start(env)).rejects.toThrow(sentence);
  });

  test("warns of webhooks without a signature", async () => {
    app = await start({ FMG_ALLOW_UNSIGNED_WEBHOOKS: "true" });

    expect(app.log).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining("FMG_ALLOW_UNSIGNED_WEBHOOKS") }),
    );
  });
});
