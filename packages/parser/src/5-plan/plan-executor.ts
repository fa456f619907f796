import type { ExecutorPlan, ImageAuthPlan, ImagePlan } from "@fmg/core";
import { asMap, isNull, valueAt, type MapEntry, type MapNode, type Node } from "../1-read/nodes.ts";
import { rangeOf } from "../1-read/source-file.ts";
import { report } from "../diagnostic.ts";
import type { Env } from "../4-expand/env.ts";
import { environmentPlan, flagField, textField, textOf, wordsOf } from "./fields.ts";
import { optional } from "./step-fields.ts";

/** Where a job runs; undefined after a report. (Sections 6.2 and 6.3) */
export function planExecutor(env: Env, keys: ReadonlyMap<string, MapEntry>): ExecutorPlan | undefined {
  const docker = keys.get("docker");
  const machine = keys.get("machine");
  const macos = keys.get("macos");
  if (docker !== undefined) return planDocker(env, docker.value);
  if (machine !== undefined) return planMachine(env, machine, keys);
  if (macos === undefined) return undefined;
  report(env, "unsupported-host", macos.key, "this job needs a macOS host: on Docker hosts it cannot start", {
    rule: "R-MAC-1",
    hint: "Leave it to a service that has such hosts, or filter it out here.",
  });
  return { kind: "macos", xcode: textField(asMap(macos.value), "xcode") ?? "", range: rangeOf(macos.value) };
}

function planDocker(env: Env, node: Node): ExecutorPlan | undefined {
  if (node.kind !== "list") return undefined;
  const [first, ...others] = node.items.flatMap((item) => planImage(env, item) ?? []);
  return first === undefined
    ? undefined
    : { kind: "docker", images: [first, ...others], range: rangeOf(node) };
}

function planImage(env: Env, node: Node): ImagePlan | undefined {
  const map = asMap(node);
  const image = textField(map, "image");
  const written = valueAt(map, "image");
  // A template may come to nothing, which the shape of the config cannot tell.
  if (written !== undefined && (isNull(written) || image?.trim() === "")) {
    report(env, "wrong-value", written, "`image` must not be empty", { rule: "R-DKR-1" });
  }
  if (image === undefined) return undefined;
  return {
    image,
    ...optional("name", textField(map, "name")),
    ...optional("entrypoint", wordsOf(valueAt(map, "entrypoint"))),
    ...optional("command", wordsOf(valueAt(map, "command"))),
    ...optional("user", textField(map, "user")),
    environment: environmentPlan(env, valueAt(map, "environment")),
    ...optional("auth", planAuth(map)),
    range: rangeOf(node),
  };
}

function planAuth(image: MapNode | undefined): ImageAuthPlan | undefined {
  for (const [key, kind] of [
    ["auth", "basic"],
    ["aws_auth", "aws"],
    ["gcp_auth", "gcp"],
  ] as const) {
    const map = asMap(valueAt(image, key));
    if (map === undefined) continue;
    const values = [...map.entries].flatMap(([name, entry]) => {
      const value = textOf(entry.value);
      return value === undefined ? [] : [{ name, value }];
    });
    return { kind, values };
  }
  return undefined;
}

function planMachine(env: Env, entry: MapEntry, keys: ReadonlyMap<string, MapEntry>): ExecutorPlan {
  const map = asMap(entry.value);
  const named = entry.value.kind === "scalar" && entry.value.type === "string" ? entry.value.text : undefined;
  const image = textField(map, "image") ?? named;
  for (const key of ["shell", "resource_class"]) {
    const inside = textOf(valueAt(map, key));
    const beside = textOf(keys.get(key)?.value);
    if (inside === undefined || beside === undefined || inside === beside || isNull(keys.get(key)?.value))
      continue;
    const message = `\`${key}\` stands twice, as ${inside} in \`machine\` and as ${beside} beside it`;
    report(env, "machine-clash", map!.entries.get(key)!.key, message);
  }
  checkMachineHost(
    env,
    entry,
    image,
    textOf(keys.get("resource_class")?.value) ?? textField(map, "resource_class"),
  );
  const range = rangeOf(entry.value);
  return {
    kind: "machine",
    ...optional("image", image),
    dockerLayerCaching: flagField(map, "docker_layer_caching"),
    range,
  };
}

/** Machines that no Docker host can be, and a pool of runners, which brings its own machine. (R-MCH-1, R-MCH-2) */
function checkMachineHost(env: Env, entry: MapEntry, image: string | undefined, resourceClass = ""): void {
  const warn = (host: string) => {
    report(
      env,
      "unsupported-host",
      entry.key,
      `this job needs ${host} host: on other Docker hosts it cannot start`,
      {
        rule: "R-MCH-2",
        hint: "Leave it to a service that has such hosts, or filter it out here.",
      },
    );
  };
  if (resourceClass.startsWith("windows.") || image?.startsWith("windows-") === true) warn("a Windows");
  else if (resourceClass.startsWith("gpu.")) warn("a GPU");
  else if (resourceClass.startsWith("arm.")) warn("an ARM");
  if (image !== undefined && resourceClass.includes("/")) {
    const message = `the runner pool \`${resourceClass}\` brings its own machine: it cannot have an image`;
    report(env, "runner-image", entry.key, message);
  }
}
