import { FmgError, isFinal, type BuildJobPlan, type ImagePlan } from "@fmg/core";

import { processEnded } from "./assert-running.ts";
import type { Attempt } from "./attempt.ts";
import { authorityOf } from "./continuation/authority.ts";
import { continuationName } from "./continuation/continuation.ts";
import type { ServedContinuation } from "./continuation/serve-continuation.ts";
import type { ContainerFacts, ContainerSpec, ImageFacts } from "./engine/container-engine.ts";
import type { RunJobInput } from "./job-input.ts";
import { megabytes } from "./limits.ts";
import { attemptLabels, jobNetwork, labels } from "./names.ts";
import { unmaskedNames } from "./output/masker.ts";
import { persistently } from "./persistently.ts";
import { provideImage } from "./provide-image.ts";
import { jobFiles, type JobTrust } from "./row/job-files.ts";
import { asksForTerminal } from "./row/step-command.ts";
import {
  chooseProgram,
  isProgramRefused,
  labelledProgram,
  staticProgramPath,
  type StepProgram,
} from "./row/step-program.ts";
import { awaitServices } from "./service-containers/await-services.ts";
import type { Services } from "./service-containers/open-services.ts";
import { hostNames } from "./service-containers/service-plans.ts";
import { prepareHome } from "./steps/prepare-home.ts";

const setUpIndex = 0;

/**
 * Gets the attempt's container running, wherever a predecessor stopped: the state of the container says what is still to do.
 *
 *     absent → create → PUT the files → start → running → its services
 *
 * The files are never put into a container that has started: that would empty the logs. A container that is gone or has ended
 * is replaced only while no step of the user has begun. (step-rows, what the runner must do, 1)
 */
export async function setUp(
  attempt: Attempt,
  services: Services,
  continuation: ServedContinuation,
): Promise<void> {
  const { journal, input } = attempt;
  const isDone = isFinal(journal.status(setUpIndex));
  // What a stop means for steps that run already is the row's business.
  const signal = isDone ? attempt.handOver : AbortSignal.any([attempt.handOver, attempt.stop]);
  signal.throwIfAborted();
  const isFresh = journal.status(setUpIndex) === "pending";
  await journal.started(setUpIndex);
  if (isFresh) for (const notice of noticesOf(input)) await journal.say(setUpIndex, notice);

  let isStarted = false;
  let isRefused = input.containerPolicy.stepProgram === "sh";
  let made = { runsAsRoot: false, keepsAlive: false };
  for (
    let facts = await look(attempt, signal);
    facts?.state !== "running";
    facts = await look(attempt, signal)
  ) {
    switch (facts?.state) {
      case undefined:
        refuseToRepeat(attempt, "The container of this attempt is gone.");
        made = await create(attempt, services, { mayBeStatic: !isRefused }, signal);
        break;
      case "created":
        isStarted = await fillAndStart(attempt, signal);
        if (!isStarted) isRefused = true;
        break;
      // A kind of machine that the static program is not for shows only when it runs.
      case "ended":
        if (isStarted && made.keepsAlive && attempt.program !== "sh") {
          await replaceStatic(attempt, signal);
          isRefused = true;
          isStarted = false;
          break;
        }
        if (isStarted) throw await processEnded(attempt, facts, signal);
        refuseToRepeat(attempt, "The container of this attempt has ended.");
        await persistently(signal, () => attempt.engine.removeContainer(attempt.name, signal));
        break;
    }
  }
  await services.start(signal);
  await continuation.start(signal);
  if (isDone) return;
  if (attempt.program === "sh" && wantsTerminal(input.plan)) {
    await journal.say(
      setUpIndex,
      "FMG_TTY: the image's own sh has no terminal to give; its steps write to a file.",
    );
  }
  await awaitServices(attempt, services, signal);
  // Root's steps can make their working directory themselves: that saves an exec.
  if (!made.runsAsRoot) await prepareHome(attempt, signal);
  await journal.finished(setUpIndex, { status: "success" });
}

function noticesOf({ notices, secrets }: RunJobInput): readonly string[] {
  const unmasked = unmaskedNames(secrets);
  if (unmasked.length === 0) return notices;
  const why = "a value under 4 characters, true or false is not masked in logs";
  return [...notices, `Not masked: ${unmasked.join(", ")}, for ${why}.`];
}

async function look(attempt: Attempt, signal: AbortSignal): Promise<ContainerFacts | undefined> {
  const { engine, name, input } = attempt;
  const facts = await persistently(signal, () => engine.inspectContainer(name, signal));
  if (facts === undefined) return undefined;
  const isOurs =
    facts.labels[labels.instance] === input.instance &&
    facts.labels[labels.attempt] === String(input.attemptId);
  attempt.program = labelledProgram(facts.labels[labels.stepProgram]);
  if (isOurs) return facts;
  throw new FmgError(
    "container_failed",
    `A container named ${name} exists, and is none of this installation's. Remove it.`,
  );
}

/** A user's command is never run a second time in silence: that is a new attempt's. */
function refuseToRepeat({ journal }: Attempt, what: string): void {
  const hasBegun = journal.headers.some(
    ({ index }) => index !== setUpIndex && journal.status(index) !== "pending",
  );
  if (hasBegun || isFinal(journal.status(setUpIndex))) {
    throw new FmgError("runner_lost", `${what} Run the job again.`);
  }
}

/** Makes the container; tells whether its steps run as root, and whether its process 1 is ours. */
async function create(
  attempt: Attempt,
  services: Services,
  choice: { readonly mayBeStatic: boolean },
  signal: AbortSignal,
): Promise<{ readonly runsAsRoot: boolean; readonly keepsAlive: boolean }> {
  const { engine, input, name, journal } = attempt;
  const ownLabels = attemptLabels(input, "job");
  const primary = primaryImage(attempt);
  const [image, , , network] = await Promise.all([
    provideImage(attempt, primary, 0, signal),
    services.provideImages(signal),
    services.discard(signal),
    persistently(signal, () => engine.ensureNetwork(jobNetwork, signal)),
    persistently(signal, () => engine.createVolume(name, ownLabels, signal)),
  ]);
  const program = choice.mayBeStatic ? chooseProgram(image.architecture) : "sh";
  const { cpus, cpuset, memoryBytes, pids } = input.limits;
  const spec: ContainerSpec = {
    name,
    labels: { ...ownLabels, [labels.stepProgram]: program },
    image: image.id,
    process: ownProcess(attempt, image, program),
    ...(primary.user === undefined ? {} : { user: primary.user }),
    environment: primary.environment,
    volume: name,
    network: { kind: "bridge", id: network, ownNames: ownNames(input) },
    memoryBytes,
    cpus,
    ...(cpuset === undefined ? {} : { cpuset }),
    pids,
    privileges: input.trusted ? "default" : "no-new-privileges",
  };
  await persistently(signal, () => engine.createContainer(spec, signal));
  await journal.say(
    setUpIndex,
    `Container ${name}: ${cpus} CPUs, ${megabytes(memoryBytes)} of memory, at most ${pids} processes.`,
  );
  if (choice.mayBeStatic && program === "sh") {
    const what = `There is no static step program for ${image.architecture} here`;
    await journal.say(setUpIndex, `${what}: the image's own sh runs the steps.`);
  }
  return {
    runsAsRoot: /^(0|root)?(:.*)?$/.test(primary.user ?? image.user),
    keepsAlive: spec.process.kind === "keep-alive",
  };
}

function ownNames({ plan, continuation }: RunJobInput): readonly string[] {
  return continuation === undefined ? hostNames(plan) : [...hostNames(plan), continuationName];
}

/** False: the static program is refused here; the container is gone, for one that does without. */
async function fillAndStart(attempt: Attempt, signal: AbortSignal): Promise<boolean> {
  const { engine, name, input } = attempt;
  const timings = await testTimings(attempt);
  const files = jobFiles(input.plan, attempt.program, trustOf(input), timings);
  await persistently(signal, () => engine.putArchive(name, "/", once(files), signal));
  try {
    await persistently(signal, () => engine.startContainer(name, signal));
    return true;
  } catch (thrown) {
    if (!isProgramRefused(thrown)) throw thrown;
    await replaceStatic(attempt, signal);
    return false;
  }
}

function trustOf({ remoteDocker, continuation }: RunJobInput): JobTrust {
  const authority = continuation && authorityOf(continuation.key, continuationName, new Date());
  return { remoteDocker, authority: authority?.certificate };
}

async function replaceStatic({ engine, name, journal }: Attempt, signal: AbortSignal): Promise<void> {
  const words = "The static step program does not run here: the image's own sh runs the steps.";
  await journal.say(setUpIndex, words);
  await persistently(signal, () => engine.removeContainer(name, signal));
}

function wantsTerminal(plan: BuildJobPlan): boolean {
  return plan.steps.some((step) => step.kind === "run" && asksForTerminal(step, plan));
}

/** A line each: milliseconds, what kind of name, the name. Asked for only where a step may need it. (R-SPLIT-2) */
async function testTimings({ input: { plan, stores } }: Attempt): Promise<string> {
  const isAsked = plan.steps.some(
    (step) => step.kind === "run" && /\bcircleci\b[^]*\btests\b/.test(step.command),
  );
  if (!isAsked) return "";
  const timings = await stores.tests.timings();
  return timings
    .filter(({ name }) => !/[\t\n]/.test(name))
    .map(({ kind, name, durationMs }) => `${durationMs}\t${kind}\t${name}\n`)
    .join("");
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function primaryImage({ input }: Attempt): ImagePlan {
  const { executor } = input.plan;
  // `unsupportedFeatures` refuses the plan before it comes here.
  if (executor.kind !== "docker") throw new Error(`this runner has no ${executor.kind} executor`);
  return executor.images[0];
}

/** The image's own process is replaced by one that lives on, unless the config or the image's label says otherwise. (R-DKR-2) */
function ownProcess(attempt: Attempt, image: ImageFacts, program: StepProgram): ContainerSpec["process"] {
  const { entrypoint, command } = primaryImage(attempt);
  const keepsEntrypoint = image.labels["com.circleci.preserve-entrypoint"] === "true";
  if (entrypoint === undefined && command === undefined && !keepsEntrypoint) {
    return { kind: "keep-alive", ...(program === "sh" ? {} : { program: staticProgramPath }) };
  }
  return {
    kind: "own",
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(command === undefined ? {} : { command }),
  };
}
