import { createHmac, randomUUID } from "node:crypto";
import autocannon from "autocannon";
import { pushPayload } from "../src/fake-github/push-payload.ts";
import { startApp } from "../src/processes.ts";
import { startStack } from "../src/stack.ts";
import { median, type Finding } from "./measure.ts";

const SECRET = "bench-secret";
const SECONDS = 5;
const ROUNDS = 3;
const CONNECTIONS = 32;

/** P6: webhooks that are accepted durably in a second, and the slowest of a hundred, against a bare server in turn. */
export async function benchmarkWebhook(): Promise<readonly Finding[]> {
  const stack = await startStack({ orchestrator: "later", env: { WEBHOOK_SECRET: SECRET } });
  const bare = await startApp({
    main: "packages/testkit/bench/bare-webhook-server.ts",
    env: { WEBHOOK_SECRET: SECRET, DATABASE: `${stack.dataDir}/bare.db` },
  });
  try {
    const body = tenKilobytes(stack.git.url);
    const runs = { fmg: [] as Load[], bare: [] as Load[] };
    for (let round = 0; round < ROUNDS; round++) {
      runs.fmg.push(await load(`${stack.api.url}/webhook`, body));
      runs.bare.push(await load(`${bare.url}/webhook`, body));
    }
    const rate = (loads: readonly Load[]) => median(loads.map(({ perSecond }) => perSecond));
    const slow = (loads: readonly Load[]) => median(loads.map(({ p99Ms }) => p99Ms));
    return [
      {
        goal: "P6",
        what: "webhooks accepted in a second",
        measured: rate(runs.fmg),
        floor: rate(runs.bare),
        unit: "/s",
        atLeast: 0.6,
      },
      {
        goal: "P6",
        what: "webhook p99",
        measured: slow(runs.fmg),
        floor: slow(runs.bare),
        unit: "ms",
        atMost: 2,
      },
    ];
  } finally {
    await bare.stop();
    await stack.stop();
  }
}

interface Load {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** A push whose body is as long as GitHub's usual ones. */
function tenKilobytes(serverUrl: string): string {
  const payload = pushPayload({
    repository: "octo/bench",
    ref: "refs/heads/main",
    sha: "a".repeat(40),
    message: "bench",
    serverUrl,
  });
  const padding = "x".repeat(Math.max(0, 10_000 - JSON.stringify(payload).length));
  return JSON.stringify({ ...payload, padding });
}

async function load(url: string, body: string): Promise<Load> {
  const signature = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    method: "POST",
    body,
    requests: [
      {
        setupRequest: (request) => ({
          ...request,
          headers: {
            "content-type": "application/json",
            "x-github-event": "push",
            "x-github-delivery": randomUUID(),
            "x-hub-signature-256": signature,
          },
        }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers were not 2xx, and ${result.errors} requests failed`);
  }
  return { perSecond: result.requests.average, p99Ms: result.latency.p99 };
}
