import type { CacheKeyTemplate, StepPlan } from "@fmg/core";
import { asMap, valueAt, type MapNode, type Node } from "../1-read/nodes.ts";
import { report, type ReportContext } from "../diagnostic.ts";
import type { Env } from "../4-expand/env.ts";
import type { ExpandedStep } from "../4-expand/steps.ts";
import { parseCacheKey } from "./cache-key.ts";
import { flagField, integerField, textField, textOf, textsOf } from "./fields.ts";
import { planRun } from "./plan-run.ts";
import { common, optional } from "./step-fields.ts";

/** A step as the runner gets it; undefined where a required field is missing, which was reported. (Section 7) */
export function planStep(jobEnv: Env, step: ExpandedStep): StepPlan | undefined {
  const env: Env = { ...jobEnv, frame: step.frame };
  const body = asMap(step.body);
  switch (step.type) {
    case "run":
    case "deploy":
      return planRun(env, step);
    case "checkout":
      return planCheckout(env, step, body);
    case "save_cache":
    case "restore_cache":
      return planCache(env, step, body);
    case "store_artifacts":
    case "store_test_results":
      return planUpload(step, body);
    case "persist_to_workspace":
    case "attach_workspace":
      return planWorkspace(step, body);
    case "setup_remote_docker":
      return {
        kind: "setup-remote-docker",
        ...common(step, body, "Setup a remote Docker engine"),
        ...optional("version", textField(body, "version")),
        dockerLayerCaching: flagField(body, "docker_layer_caching"),
      };
    case "add_ssh_keys":
      return {
        kind: "add-ssh-keys",
        ...common(step, body, "Installing additional SSH keys"),
        fingerprints: textsOf(valueAt(body, "fingerprints")),
      };
    default:
      return planUnsupported(env, step, body);
  }
}

function planCheckout(env: Env, step: ExpandedStep, body: MapNode | undefined): StepPlan {
  const method = textField(body, "method") ?? "blobless";
  const depth = integerField(body, "depth");
  if (body !== undefined && depth !== undefined && method !== "shallow") {
    const key = body.entries.get("depth")!.key;
    report(env, "checkout-depth", key, "`depth` has a meaning only with `method: shallow`");
  }
  if (body !== undefined && depth === undefined && method === "shallow") {
    report(env, "checkout-depth", body, "`method: shallow` needs a `depth`");
  }
  return {
    kind: "checkout",
    ...common(step, body, "Checkout code"),
    path: textField(body, "path") ?? ".",
    method: method === "full" || method === "shallow" ? method : "blobless",
    ...optional("depth", depth),
  };
}

function planCache(env: Env, step: ExpandedStep, body: MapNode | undefined): StepPlan | undefined {
  const key = valueAt(body, "key");
  if (step.type === "save_cache") {
    const template = key === undefined ? undefined : cacheKey(env, key);
    if (template === undefined) return undefined;
    return {
      kind: "save-cache",
      ...common(step, body, "Saving Cache"),
      key: template,
      paths: textsOf(valueAt(body, "paths")),
    };
  }
  const keys = valueAt(body, "keys");
  const written = [...(key === undefined ? [] : [key]), ...(keys?.kind === "list" ? keys.items : [])];
  if (written.length === 0 && body !== undefined) {
    report(env, "missing-key", body, "`restore_cache` needs `key` or `keys`", { rule: "R-CACHE-4" });
  }
  return {
    kind: "restore-cache",
    ...common(step, body, "Restoring Cache"),
    keys: written.flatMap((item) => cacheKey(env, item) ?? []),
  };
}

function cacheKey(env: ReportContext, node: Node): CacheKeyTemplate | undefined {
  const text = textOf(node);
  if (text === undefined) return undefined;
  const { template, problems } = parseCacheKey(text);
  for (const problem of problems) {
    report(env, "cache-key-template", node, `${problem.message}: the step will fail`, {
      hint: 'Known are {{ checksum "file" }}, {{ .Branch }}, {{ .BuildNum }}, {{ .Revision }}, {{ .Environment.NAME }}, {{ epoch }} and {{ arch }}.',
    });
  }
  return template;
}

function planUpload(step: ExpandedStep, body: MapNode | undefined): StepPlan | undefined {
  const path = textField(body, "path");
  if (path === undefined) return undefined;
  // Uploads also run when the job has failed. (Section 7.1)
  if (step.type === "store_test_results") {
    return {
      kind: "store-test-results",
      ...common(step, body, "Uploading test results"),
      when: "always",
      path,
    };
  }
  return {
    kind: "store-artifacts",
    ...common(step, body, "Uploading artifacts"),
    when: "always",
    path,
    ...optional("destination", textField(body, "destination")),
  };
}

function planWorkspace(step: ExpandedStep, body: MapNode | undefined): StepPlan | undefined {
  if (step.type === "attach_workspace") {
    const at = textField(body, "at");
    if (at === undefined) return undefined;
    return { kind: "attach-workspace", ...common(step, body, "Attaching workspace"), at };
  }
  const root = textField(body, "root");
  if (root === undefined) return undefined;
  return {
    kind: "persist-to-workspace",
    ...common(step, body, "Persisting to workspace"),
    root,
    paths: textsOf(valueAt(body, "paths")),
  };
}

function planUnsupported(env: Env, step: ExpandedStep, body: MapNode | undefined): StepPlan {
  const message = `\`${step.type}\` needs a macOS host; on a Docker host the step does nothing`;
  report(env, "unsupported-host", step.place, message, { rule: "R-MAC-1" });
  return { kind: "unsupported", ...common(step, body, step.type), type: step.type };
}
