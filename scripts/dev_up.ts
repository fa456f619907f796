import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, watch } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { prettyFactory } from "pino-pretty";

// The development stack: both apps from source, each started again when one of its files or a package changes. (Not by
// `node --watch`: in that mode a worker thread's first messages are the watcher's own, and the orchestrator has a worker.)

interface App {
  readonly name: string;
  readonly prefix: string;
  process: ChildProcess | undefined;
  /** Starts and stops follow one another. */
  turn: Promise<void>;
}

/** How long after a Ctrl-C a second one still means "cancel what goes on". */
const SECOND_CTRL_C_WITHIN_MS = 5000;
/** An app hands over or closes within 5 to 10 s; whatever is still there later is ended by force. */
const STOP_WITHIN_MS = 12_000;
/** An editor saves several files, or one file in several steps. */
const SETTLE_MS = 200;

const run = promisify(execFile);
const colour = process.stdout.isTTY;
const pretty = prettyFactory({
  colorize: colour,
  ignore: "pid,hostname,name",
  translateTime: "SYS:HH:MM:ss.l",
});
const stopped = new AbortController();
const cancelled = new AbortController();

process.on("SIGINT", () => (stopped.signal.aborted ? cancelled : stopped).abort());
process.on("SIGTERM", () => stopped.abort());
process.on("SIGHUP", () => stopped.abort());
// The terminal is gone: hand over without telling anybody.
process.stdout.on("error", () => stopped.abort());

const apps = [anApp("api", "36"), anApp("orchestrator", "35")];
for (const app of apps) app.turn = start(app);
watchSources();
await aborted(stopped.signal);
await handOver();

function anApp(name: string, colourCode: string): App {
  const padded = name.padEnd(12);
  const prefix = colour ? `\x1b[${colourCode}m${padded}\x1b[0m ` : `${padded} `;
  return { name, prefix, process: undefined, turn: Promise.resolve() };
}

/** In a process group of its own: the terminal's Ctrl-C is for us alone. */
async function start(app: App): Promise<void> {
  if (stopped.signal.aborted) return;
  const child = spawn(process.execPath, ["--conditions=@fmg/source", `apps/${app.name}/src/main.ts`], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  app.process = child;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => show(app, line));
  }
  child.once("exit", (code) => {
    app.process = undefined;
    if (code !== 0)
      say(`${app.name} ended with ${code ?? "a signal"}; it is started again when a file changes`);
  });
  await once(child, "spawn");
}

async function stop(app: App): Promise<void> {
  const child = app.process;
  if (child === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await exited;
  clearTimeout(force);
}

function watchSources(): void {
  let settling: NodeJS.Timeout | undefined;
  const changed = new Set<App>();
  const restart = (): void => {
    for (const app of changed) {
      say(`${app.name}: a file changed, starting it again`);
      app.turn = app.turn.then(() => stop(app)).then(() => start(app));
    }
    changed.clear();
  };
  const watchFolder = (folder: string, concerned: readonly App[]): void => {
    watch(folder, { recursive: true }, (_, file) => {
      if (file === null || !isSource(file)) return;
      for (const app of concerned) changed.add(app);
      clearTimeout(settling);
      settling = setTimeout(restart, SETTLE_MS);
    });
  };
  for (const app of apps) watchFolder(`apps/${app.name}/src`, [app]);
  for (const name of readdirSync("packages")) {
    if (name !== "testkit") watchFolder(`packages/${name}/src`, apps);
  }
}

function isSource(file: string): boolean {
  return /\.(ts|sh)$/.test(file) && !/\.test\.ts$|^testing\//.test(file);
}

function show(app: App, line: string): void {
  for (const shown of pretty(line).trimEnd().split("\n")) process.stdout.write(`${app.prefix}${shown}\n`);
}

async function handOver(): Promise<void> {
  const until = AbortSignal.timeout(SECOND_CTRL_C_WITHIN_MS);
  say("stopping; running steps go on in their containers");
  const goingOn = await containers();
  if (goingOn.length > 0) {
    say(
      `going on: ${goingOn.join(", ")} (docker ps --filter label=fmg.instance); the next start adopts them`,
    );
    say(`Ctrl-C once more within ${SECOND_CTRL_C_WITHIN_MS / 1000} s cancels and removes them`);
  }
  await Promise.all(apps.map((app) => app.turn.then(() => stop(app))));
  if (goingOn.length > 0) await Promise.race([aborted(cancelled.signal), aborted(until)]);
  if (cancelled.signal.aborted) await removeContainers();
  process.exit(0);
}

async function containers(): Promise<string[]> {
  const instance = process.env["FMG_INSTANCE"] ?? keptInstance();
  if (instance === undefined) return [];
  const filter = `label=fmg.instance=${instance}`;
  const { stdout } = await run("docker", ["ps", "--filter", filter, "--format", "{{.Names}}"]);
  return stdout.split("\n").filter(Boolean);
}

/** The orchestrator keeps the name that its containers bear beside the database. */
function keptInstance(): string | undefined {
  try {
    return readFileSync(resolve(process.env["FMG_DATA_DIR"] ?? "data", "instance"), "utf8").trim();
  } catch {
    // Its first start did not come so far.
    return undefined;
  }
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
