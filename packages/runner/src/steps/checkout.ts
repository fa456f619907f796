import type { CheckoutStepPlan } from "@fmg/core";

import type { LeftOut } from "../job-input.ts";
import { persistently } from "../persistently.ts";
import { directoryWord } from "../row/sh-words.ts";
import { volumePath } from "../row/step-command.ts";
import { StepRefused, type OwnStep, type StepPlace } from "./own-step.ts";

/**
 * Puts the commit's tree, with its `.git`, into the container, owned by the step's user. Into an empty directory or over a
 * repository; a directory with other things is refused (R-CO-1, R-CO-2). Safe to repeat: a marker in the volume says that what
 * lies there is ours.
 */
export function checkout(index: number, step: CheckoutStepPlan): OwnStep {
  return {
    probe: {
      script: findTarget(step),
      args: [String(index)],
      program: ["target", step.path, String(index)],
    },
    async carryOut({ attempt, place, signal, say }) {
      const { engine, name, input } = attempt;
      const path = targetOf(place);
      const { uid, gid } = place;
      await say(`Checking out the commit into ${path}`);
      let left: LeftOut = { submodules: 0, lfsPointers: 0 };
      const onTree = (told: LeftOut): void => void (left = told);
      const tar = { prefix: "", uid, gid, depth: depthOf(step), onTree };
      await persistently(signal, () =>
        engine.putArchive(name, path, input.source.asTar(tar, signal), signal),
      );
      for (const note of left.notes ?? []) await say(note);
      if (left.submodules > 0) await say(`Submodules: ${left.submodules}, each an empty folder.`);
      if (left.lfsPointers > 0) {
        await say(
          `Files in Git LFS: ${left.lfsPointers}. They hold pointers; git lfs pull fetches the contents.`,
        );
      }
    },
  };
}

/** `blobless` is what a step without a method has: there the operator decides. (R-CO-3) */
function depthOf({ method, depth }: CheckoutStepPlan): number | undefined {
  switch (method) {
    case "shallow":
      return depth ?? 1;
    case "full":
      return 0;
    case "blobless":
      return undefined;
  }
}

function findTarget(step: CheckoutStepPlan): string {
  const target = directoryWord(step.path, "here");
  return `mkdir -p ${target} && cd ${target} || exit
mark=${volumePath}/s/checkout-$1
if [ ! -e "$mark" ] && [ ! -e .git ]; then
  for file in * .[!.]* ..?*; do
    if [ -e "$file" ] || [ -L "$file" ]; then echo "occupied $file"; exit; fi
  done
fi
: >"$mark"
echo "path $(pwd -P)"`;
}

function targetOf({ answer, faults }: StepPlace): string {
  const occupant = answer.find((line) => line.startsWith("occupied "));
  if (occupant !== undefined) {
    throw new StepRefused(
      `The directory for the checkout is not empty (it has ${occupant.slice(9)}), and is no git repository.`,
    );
  }
  const path = answer.find((line) => line.startsWith("path "))?.slice(5);
  if (path !== undefined) return path;
  throw new StepRefused(`The directory for the checkout could not be made: ${faults}`);
}
