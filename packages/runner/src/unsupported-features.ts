import type { BuildJobPlan, Diagnostic, ImagePlan, PipelinePlan, SourceRange, StepPlan } from "@fmg/core";

import { machineImage, type HostOffers } from "./host-offers.ts";

/**
 * What the language has and this runner cannot do yet, or its host does not offer, as located errors: a config that asks for it is
 * refused as a whole rather than run in part. Approval, no-op, lock and release jobs have no steps and are not the runner's.
 */
export function unsupportedFeatures(plan: PipelinePlan, offers: HostOffers): readonly Diagnostic[] {
  const builds = plan.workflows
    .flatMap((workflow) => workflow.jobs)
    .filter((job): job is BuildJobPlan => job.kind === "build" && job.leftOut === undefined);
  const found = builds.flatMap((job) => [
    ...unsupportedExecutor(job, offers),
    ...job.steps.flatMap((step) => unsupportedStep(step, job, offers)),
  ]);
  // Many invocations share a definition: each place is told once.
  return [...new Map(found.map((diagnostic) => [placeKey(diagnostic), diagnostic])).values()];
}

function unsupportedExecutor(job: BuildJobPlan, offers: HostOffers): Diagnostic[] {
  switch (job.executor.kind) {
    case "machine": {
      const { image, range } = job.executor;
      if (machineImage(offers, image) !== undefined) return [];
      return [
        refusal(
          range,
          `no image stands in here for the machine ${image ?? "executor"}`,
          "Use `docker:`, or ask the operator to name an image in FMG_MACHINE_IMAGES.",
        ),
      ];
    }
    case "macos":
      return [notYet(job.executor.range, "the macOS executor", "Use `docker:`; there is no macOS host.")];
    case "docker":
      return job.executor.images.flatMap(unsupportedAuth);
  }
}

function unsupportedAuth(image: ImagePlan): Diagnostic[] {
  if (image.auth === undefined || image.auth.kind === "basic") return [];
  return [notYet(image.range, `${image.auth.kind}_auth`, insteadOf[image.auth.kind])];
}

/** What the registries of these clouds take as a username and a password. */
const insteadOf = {
  aws: "Use `auth:` with the username AWS and, in a secret, a password of `aws ecr get-login-password`, which holds for twelve hours.",
  gcp: "Use `auth:` with the username _json_key and, in a secret, the JSON key of a service account as the password.",
} as const;

function unsupportedStep(step: StepPlan, job: BuildJobPlan, offers: HostOffers): Diagnostic[] {
  switch (step.kind) {
    case "run":
    case "checkout":
    case "save-cache":
    case "restore-cache":
    case "persist-to-workspace":
    case "attach-workspace":
    case "store-artifacts":
    case "store-test-results":
    case "add-ssh-keys":
      return [];
    case "setup-remote-docker":
      // On a machine it does nothing. (R-SRD-1)
      if (offers.remoteDocker !== undefined || job.executor.kind === "machine") return [];
      return [
        refusal(
          step.range,
          "no Docker is offered here for setup_remote_docker",
          "Build images elsewhere, or ask the operator for FMG_REMOTE_DOCKER_HOST.",
        ),
      ];
    case "unsupported":
      return [notYet(step.range, step.type, "Remove the step: no Docker host can do it.")];
  }
}

function notYet(range: SourceRange, what: string, hint: string): Diagnostic {
  return refusal(range, `FMG does not support ${what} yet`, hint);
}

function refusal(range: SourceRange, message: string, hint: string): Diagnostic {
  return { code: "not-supported-yet", severity: "error", message, hint, range };
}

function placeKey({ message, range }: Diagnostic): string {
  return `${range.file}:${range.start.line}:${range.start.column}:${message}`;
}
