import { formatFinding, type Finding } from "./measure.ts";

/** Each benchmark by its name on the command line; loaded when it is asked for. */
const benchmarks: Readonly<Record<string, () => Promise<readonly Finding[]>>> = {
  caches: async () => (await import("./caches.ts")).benchmarkCaches(),
  clone: async () => (await import("./clone.ts")).benchmarkClone(),
  "fan-out": async () => (await import("./fan-out.ts")).benchmarkFanOut(),
  "first-line": async () => (await import("./first-line.ts")).benchmarkFirstLine(),
  job: async () => (await import("./no-op-job.ts")).benchmarkNoOpJob(),
  lists: async () => (await import("./lists.ts")).benchmarkLists(),
  output: async () => (await import("./output.ts")).benchmarkOutput(),
  parser: async () => (await import("./parser.ts")).benchmarkParser(),
  peers: async () => (await import("./peers.ts")).benchmarkPeers(),
  queue: async () => (await import("./queue.ts")).benchmarkQueue(),
  "start-up": async () => (await import("./start-up.ts")).benchmarkStartUp(),
  steps: async () => (await import("./steps.ts")).benchmarkSteps(),
  webhook: async () => (await import("./webhook.ts")).benchmarkWebhook(),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  process.stderr.write(`Error: no benchmark is called ${unknown.join(", ")}\n`);
  process.stderr.write(`  There are: ${Object.keys(benchmarks).join(", ")}\n`);
  process.exit(2);
}
for (const name of asked.length === 0 ? Object.keys(benchmarks) : asked) {
  process.stderr.write(`… ${name}\n`);
  for (const finding of await benchmarks[name]!()) process.stdout.write(`${formatFinding(finding)}\n`);
}
