// The classes of CircleCI's cloud; what they mean on a host is the operator's. (Section 6.4)
const sizes = ["small", "medium", "medium+", "large", "xlarge", "2xlarge", "2xlarge+"];
const armSizes = ["medium", "large", "xlarge", "2xlarge"];
const windowsSizes = ["medium", "large", "xlarge", "2xlarge"];
const gpus = ["small", "medium", "large", "small.multi", "medium.multi", "large.multi", "small.gen2"];

const known: ReadonlySet<string> = new Set([
  ...sizes,
  ...sizes.map((size) => `${size}.gen2`),
  ...sizes.slice(1).map((size) => `${size}.gen3`),
  ...armSizes.flatMap((size) => [`arm.${size}`, `arm.${size}.gen2`, `arm.${size}.gen3`]),
  ...windowsSizes.flatMap((size) => [`windows.${size}`, `windows.${size}.gen2`, `windows.${size}.gen3`]),
  ...gpus.flatMap((size) => [`gpu.nvidia.${size}`, `windows.gpu.nvidia.${size}`]),
  "macos.x86.medium.gen2",
  "macos.x86.metal.gen1",
  "macos.m1.medium.gen1",
  "macos.m1.large.gen1",
  "macos.m2.medium.gen1",
  "macos.m2.large.gen1",
  "macos.m4.medium.gen1",
  "macos.m4pro.medium",
  "macos.m4pro.large",
  "m2pro.medium",
  "m2pro.large",
  "m4pro.medium",
  "m4pro.large",
]);

/** The names of all built-in classes. */
export const resourceClasses: Iterable<string> = known;

/** A built-in class, one of the operator's, or `namespace/name`, the label of a pool of runners. (R-RC-2) */
export function isResourceClass(name: string, operators: ReadonlySet<string>): boolean {
  return known.has(name) || operators.has(name) || /^[^/\s]+\/[^/\s]+$/.test(name);
}
