import { resourceName, type ContainerEngine, type JobControl, type RunJobInput } from "@fmg/runner";
import { plain, type Ui } from "../ui.ts";
import type { Subject, Surroundings } from "./engine.ts";
import { hasFailed } from "./output/run-report.ts";
import { shellWhereItFailed } from "./shell-where-it-failed.ts";

export interface AttemptEndOptions {
  readonly keep: boolean;
  readonly shellOnFail: boolean;
  readonly control: JobControl;
  /** Keeps other jobs' lines back until it is called. */
  readonly hold: () => () => Promise<void>;
}

/** Lets a person look into the container of what failed, one after another, and says where one stays. */
export function attemptEnd(
  ui: Ui,
  engine: ContainerEngine,
  { keep, shellOnFail, control, hold }: AttemptEndOptions,
): Surroundings["attemptEnded"] {
  let turn = Promise.resolve();

  async function look(subject: Subject, input: RunJobInput): Promise<void> {
    const goOn = hold();
    try {
      await openShellFor(ui, engine, subject, input);
    } finally {
      await goOn();
    }
  }

  return async (subject, input) => {
    const { job, attempt } = subject;
    if (control.cancel.aborted) return "remove";
    const isBad = attempt.status === "failure" || attempt.status === "error";
    if (isBad && shellOnFail && ui.canPrompt) await (turn = turn.then(() => look(subject, input)));
    if (!keep) return "remove";
    const container = resourceName(input.instance, attempt.id);
    ui.note(`${plain(job.plan.name)} stays until the next run here:  docker exec -it ${container} sh`);
    return "keep";
  };
}

async function openShellFor(
  ui: Ui,
  engine: ContainerEngine,
  { job, attempt }: Subject,
  input: RunJobInput,
): Promise<void> {
  const failed = attempt.steps.find(hasFailed);
  const where = failed === undefined ? "" : `, in "${plain(failed.name)}"`;
  ui.note(`Shell where ${plain(job.plan.name)} failed${where}. Ctrl-D leaves.`);
  const step =
    job.plan.kind === "build" && failed !== undefined && failed.index > 0 ? failed.index : undefined;
  try {
    await shellWhereItFailed(engine, input, step);
  } catch (thrown) {
    ui.note(`No shell could be opened: ${Error.isError(thrown) ? thrown.message : String(thrown)}`);
  }
}
