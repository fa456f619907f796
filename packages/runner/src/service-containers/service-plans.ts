import type { BuildJobPlan, ImagePlan } from "@fmg/core";

/** A service container of a job: every image of `docker:` but the first. (R-DKR-1) */
export interface ServicePlan {
  /** From 1, in the order of the config; stands in the container's name. */
  readonly number: number;
  /** Of its line in the attempt's list of steps, after those of the plan. */
  readonly index: number;
  /** What people know it by. */
  readonly title: string;
  readonly image: ImagePlan;
}

export function servicePlans({ executor, steps }: BuildJobPlan): readonly ServicePlan[] {
  if (executor.kind !== "docker") return [];
  return executor.images.slice(1).map((image, position) => ({
    number: position + 1,
    index: steps.length + 1 + position,
    title: image.name ?? image.image,
    image,
  }));
}

/**
 * The names under which the containers of a job reach each other, all of them at the same address: `name:`, and the last part of
 * the image's name. What is no host name is left out. (R-DKR-3)
 */
export function hostNames({ executor }: BuildJobPlan): readonly string[] {
  if (executor.kind !== "docker") return [];
  const [primary, ...services] = executor.images;
  const names = [primary.name, ...services.flatMap((image) => [image.name, nameOfImage(image.image)])];
  return [...new Set(names.filter((name) => name !== undefined && isHostName(name)))] as string[];
}

/** `postgres` of `cimg/postgres:16.2`. */
function nameOfImage(reference: string): string {
  const [path = ""] = reference.split("@", 1);
  return path.slice(path.lastIndexOf("/") + 1).replace(/:.*$/, "");
}

function isHostName(name: string): boolean {
  return name !== "localhost" && /^[a-z0-9]([a-z0-9_.-]{0,251}[a-z0-9])?$/i.test(name);
}

/** A service asks by this variable of its own to be waited for; CircleCI passes it on without a meaning. */
const portVariable = "FMG_WAIT_FOR_PORT";

/** The ports on which the service is to listen before step 1; several are set apart by commas. */
export function portsToAwait({ image }: ServicePlan): readonly number[] {
  const value = image.environment.findLast(({ name }) => name === portVariable)?.value ?? "";
  return value
    .split(/[\s,]+/)
    .map(Number)
    .filter((port) => Number.isInteger(port) && port > 0 && port < 65_536);
}
