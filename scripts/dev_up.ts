import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { prettyFactory } from "pino-pretty";

/** How long after a Ctrl-C a second one still means "cancel what goes on". */
const SECOND_CTRL_C_WITHIN_MS = 5000;
/** The orchestrator hands over within 5 s; whatever is still there later is ended by force. */
const STOP_WITHIN_MS = 8000;

const run = promisify(execFile);
const colour = process.stdout.isTTY;
const pretty = prettyFactory({
  colorize: colour,
  ignore: "pid,hostname,name",
  translateTime: "SYS:HH:MM:ss.l",
});
const instances = new Set<string>();

const apps = [startApp("api", "36"), startApp("orchestrator", "35")];
const stopped = new AbortController();
const cancelled = new AbortController();

process.on("SIGINT", () => (stopped.signal.aborted ? cancelled : stopped).abort());
process.on("SIGTERM", () => stopped.abort());
process.on("SIGHUP", () => stopped.abort());
await Promise.race([aborted(stopped.signal), ...apps.map((app) => once(app, "exit"))]);
await handOver();

/** Starts an app under node's own watcher, in a process group of its own: the terminal's Ctrl-C is for us alone. */
function startApp(name: string, colourCode: string): ChildProcess {
  const app = spawn(
    process.execPath,
    ["--watch", "--watch-preserve-output", "--conditions=@fmg/source", `apps/${name}/src/main.ts`],
    { detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  const prefix = colour ? `\x1b[${colourCode}m${name.padEnd(12)}\x1b[0m ` : `${name.padEnd(12)} `;
  for (const stream of [app.stdout, app.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      rememberInstance(line);
      for (const shown of pretty(line).trimEnd().split("\n")) process.stdout.write(`${prefix}${shown}\n`);
    });
  }
  return app;
}

/** The orchestrator says at its start which name its containers bear. */
function rememberInstance(line: string): void {
  const instance = /"instance":"([a-z0-9-]+)"/.exec(line)?.[1];
  if (instance !== undefined) instances.add(instance);
}

async function handOver(): Promise<void> {
  const until = AbortSignal.timeout(SECOND_CTRL_C_WITHIN_MS);
  const goingOn = await containers();
  say("stopping; running steps go on in their containers");
  await Promise.all(apps.map(stopApp));
  if (goingOn.length > 0) {
    say(`going on: ${goingOn.join(", ")} (docker ps --filter label=fmg.instance)`);
    say("The next start adopts them. Ctrl-C once more now cancels: they are removed.");
    await Promise.race([aborted(cancelled.signal), aborted(until)]);
  }
  if (cancelled.signal.aborted) await removeContainers();
  process.exit(0);
}

async function stopApp(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const exited = once(app, "exit");
  app.kill("SIGTERM");
  const force = setTimeout(() => process.kill(-app.pid!, "SIGKILL"), STOP_WITHIN_MS);
  await exited;
  clearTimeout(force);
}

async function containers(): Promise<string[]> {
  const lists = [...instances].map((instance) =>
    run("docker", ["ps", "--filter", `label=fmg.instance=${instance}`, "--format", "{{.Names}}"]),
  );
  return (await Promise.all(lists)).flatMap(({ stdout }) => stdout.split("\n").filter(Boolean));
}

async function removeContainers(): Promise<void> {
  const names = await containers();
  if (names.length === 0) return;
  // Their volumes bear the same names; the next start sweeps what could not be removed now.
  await run("docker", ["rm", "--force", "--volumes", ...names]);
  await run("docker", ["volume", "rm", "--force", ...names]);
  say(`cancelled: removed ${names.join(", ")}`);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function say(sentence: string): void {
  process.stdout.write(`==> ${sentence}\n`);
}
