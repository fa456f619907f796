import type { CacheKeyPart, CacheKeyTemplate } from "@fmg/core";

const values = ["Branch", "BuildNum", "Revision", "CheckoutKey"] as const;
const environment = /^\.Environment\.([A-Za-z_][A-Za-z0-9_]*)$/;
const checksum = /^checksum\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)$/;

/** What is wrong with a cache key's template. */
export interface CacheKeyProblem {
  readonly message: string;
  readonly offset: number;
}

/**
 * Cuts a cache key at its `{{ }}`. What the language does not know stays text and is told: CircleCI fails the step only
 * when it runs. (Section 7.6, R-CACHE-12)
 */
export function parseCacheKey(text: string): { template: CacheKeyTemplate; problems: CacheKeyProblem[] } {
  const parts: CacheKeyPart[] = [];
  const problems: CacheKeyProblem[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("{{", at);
    const close = open === -1 ? -1 : text.indexOf("}}", open);
    if (open === -1 || close === -1) {
      if (open !== -1) problems.push({ message: "`{{` has no `}}`", offset: open });
      parts.push({ kind: "text", text: text.slice(at) });
      break;
    }
    if (open > at) parts.push({ kind: "text", text: text.slice(at, open) });
    const part = parsePart(
      text
        .slice(open + 2, close)
        .replace(/^-\s|\s-$/g, " ")
        .trim(),
    );
    if (part === undefined) {
      const written = text.slice(open, close + 2);
      problems.push({ message: `\`${written}\` is no template of a cache key`, offset: open });
      parts.push({ kind: "text", text: written });
    } else parts.push(part);
    at = close + 2;
  }
  return { template: { text, parts }, problems };
}

function parsePart(body: string): CacheKeyPart | undefined {
  if (body === "epoch" || body === "arch") return { kind: "value", name: body };
  const value = values.find((name) => body === `.${name}`);
  if (value !== undefined) return { kind: "value", name: value };
  const variable = environment.exec(body)?.[1];
  if (variable !== undefined) return { kind: "environment", name: variable };
  const file = checksum.exec(body);
  if (file === null) return undefined;
  return { kind: "checksum", path: file[2] ?? file[1]!.replace(/\\(.)/g, "$1") };
}
