import { createHash } from "node:crypto";

import type { CacheKeyPart, CacheKeyTemplate } from "@fmg/core";

import { entriesOf } from "../archive/repack-tars.ts";
import type { KeyPart } from "../job-stores.ts";
import { StepRefused, type OwnStepContext } from "./own-step.ts";
import { placePath } from "./place-path.ts";

/** A key with what it was made of. */
export interface RenderedKey {
  readonly text: string;
  readonly parts: readonly KeyPart[];
}

const longestKey = 900;

/** Fills in a key's template with the facts of this job. (R-CACHE-1, R-CACHE-2) */
export async function renderCacheKey(
  context: OwnStepContext,
  template: CacheKeyTemplate,
): Promise<RenderedKey> {
  const parts: KeyPart[] = [];
  for (const part of template.parts) {
    parts.push({ label: labelOf(part), value: await valueOf(context, part, template) });
  }
  const text = parts.map(({ value }) => value).join("");
  if (text.length > longestKey) {
    throw new StepRefused(`The cache key has ${text.length} characters; ${longestKey} are allowed.`);
  }
  return { text, parts };
}

/** What a missed key and the nearest saved one differ in, as a sentence. */
export function tellDifference(wanted: readonly KeyPart[], saved: readonly KeyPart[]): string {
  const differing = wanted.flatMap((part, at) => {
    const other = saved[at];
    if (other?.label !== part.label || other.value === part.value) return [];
    if (part.label.startsWith("checksum ")) return [`${part.label.slice(9)} has changed`];
    return [`${part.label === "" ? "its text" : part.label} was "${other.value}" and is "${part.value}"`];
  });
  return differing.length === 0 ? "its template is another one" : differing.join(", ");
}

function labelOf(part: CacheKeyPart): string {
  switch (part.kind) {
    case "text":
      return "";
    case "value":
      return /^[A-Z]/.test(part.name) ? `.${part.name}` : part.name;
    case "environment":
      return `.Environment.${part.name}`;
    case "checksum":
      return `checksum "${part.path}"`;
  }
}

async function valueOf(
  context: OwnStepContext,
  part: CacheKeyPart,
  template: CacheKeyTemplate,
): Promise<string> {
  switch (part.kind) {
    case "text":
      return part.text;
    case "environment":
      return variable(context, part.name) ?? "<no value>";
    case "checksum":
      return checksum(context, part.path, template);
    case "value":
      return jobValue(context, part.name);
  }
}

/** Built-in, project and context variables; not those that steps export. */
function variable({ attempt: { input } }: OwnStepContext, name: string): string | undefined {
  const builtin = input.builtins.find((candidate) => candidate.name === name);
  return builtin?.value ?? input.secrets.findLast((candidate) => candidate.name === name)?.value.reveal();
}

function jobValue(context: OwnStepContext, name: (CacheKeyPart & { kind: "value" })["name"]): string {
  switch (name) {
    case "Branch":
      return variable(context, "CIRCLE_BRANCH") ?? "";
    case "BuildNum":
      return variable(context, "CIRCLE_BUILD_NUM") ?? "";
    case "Revision":
      return variable(context, "CIRCLE_SHA1") ?? "";
    case "CheckoutKey":
      return "https";
    case "epoch":
      return String(Math.floor(Date.now() / 1000));
    case "arch":
      return `linux-${process.arch === "x64" ? "amd64" : process.arch}`;
  }
}

/** base64 of the file's SHA-256. It is read by the engine: the image needs no tool for it. */
async function checksum(
  { attempt: { engine, name }, place, signal }: OwnStepContext,
  path: string,
  template: CacheKeyTemplate,
): Promise<string> {
  const absolute = placePath(place, path);
  const tar = await engine.getArchive(name, absolute, signal);
  if (tar !== undefined) {
    for await (const entry of entriesOf(tar)) {
      if (entry.header.type !== "file") break;
      const hash = createHash("sha256");
      for await (const chunk of entry) hash.update(chunk as Uint8Array);
      return hash.digest("base64");
    }
  }
  throw new StepRefused(
    `error computing cache key: template: ${template.text}: open ${absolute}: no such file`,
  );
}
