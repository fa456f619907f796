import { createHash, scrypt } from "node:crypto";
import { promisify } from "node:util";

import type { CacheKeyPart, CacheKeyTemplate } from "@fmg/core";

import { entriesOf } from "../archive/repack-tars.ts";
import type { KeyPart } from "../job-stores.ts";
import { unmaskedNames } from "../output/masker.ts";
import { StepRefused, type OwnStepContext } from "./own-step.ts";
import { placePath } from "./place-path.ts";

/** A key with what it was made of. */
export interface RenderedKey {
  readonly text: string;
  readonly parts: readonly KeyPart[];
}

const longestKey = 900;
/** Says that a part's value stands for a secret, in what is stored beside a key. */
const secretLabel = "secret ";

/** Fills in a key's template with the facts of this job. (R-CACHE-1, R-CACHE-2) */
export async function renderCacheKey(
  context: OwnStepContext,
  template: CacheKeyTemplate,
): Promise<RenderedKey> {
  const parts: KeyPart[] = [];
  for (const part of template.parts) {
    parts.push(await renderPart(context, part, template));
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
    if (part.label.startsWith(secretLabel)) return [`${part.label.slice(secretLabel.length)} has changed`];
    return [`${part.label === "" ? "its text" : part.label} was "${other.value}" and is "${part.value}"`];
  });
  return differing.length === 0 ? "its template is another one" : differing.join(", ");
}

async function renderPart(
  context: OwnStepContext,
  part: CacheKeyPart,
  template: CacheKeyTemplate,
): Promise<KeyPart> {
  switch (part.kind) {
    case "text":
      return { label: "", value: part.text };
    case "environment":
      return renderVariable(context, part.name);
    case "checksum":
      return { label: `checksum "${part.path}"`, value: await checksum(context, part.path, template) };
    case "value":
      return {
        label: /^[A-Z]/.test(part.name) ? `.${part.name}` : part.name,
        value: jobValue(context, part.name),
      };
  }
}

/** Built-in, project and context variables; not those that steps export. A secret is told by what cannot be turned back. */
async function renderVariable({ attempt: { input } }: OwnStepContext, name: string): Promise<KeyPart> {
  const label = `.Environment.${name}`;
  const secret = input.secrets.findLast((candidate) => candidate.name === name);
  const value = builtIn(input, name) ?? secret?.value.reveal() ?? "<no value>";
  const isSecret = secret?.value.reveal() === value && unmaskedNames([secret]).length === 0;
  if (!isSecret) return { label, value };
  return { label: secretLabel + label, value: await fingerprint(value, input.instance) };
}

const derive = promisify(scrypt) as (value: string, salt: string, bytes: number) => Promise<Buffer>;

/**
 * The same for the same value, so that keys match; slow and salted, for a key stands in the database, in logs and in answers, and
 * a short value could be found by trying all. (SEC-6)
 */
async function fingerprint(value: string, instance: string): Promise<string> {
  const bytes = await derive(value, `fmg cache key ${instance}`, 12);
  return bytes.toString("base64url");
}

function builtIn(input: OwnStepContext["attempt"]["input"], name: string): string | undefined {
  return input.builtins.find((candidate) => candidate.name === name)?.value;
}

function jobValue(
  { attempt: { input } }: OwnStepContext,
  name: (CacheKeyPart & { kind: "value" })["name"],
): string {
  switch (name) {
    case "Branch":
      return builtIn(input, "CIRCLE_BRANCH") ?? "";
    case "BuildNum":
      return builtIn(input, "CIRCLE_BUILD_NUM") ?? "";
    case "Revision":
      return builtIn(input, "CIRCLE_SHA1") ?? "";
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
