import { report, type ReportContext } from "../diagnostic.ts";
import type { Place } from "./source-file.ts";
import { resolveBoolean, resolveNumber, type ResolvedScalar } from "./yaml-scalars.ts";

const standard = /^(?:!!|!<tag:yaml\.org,2002:)(str|int|float|bool|null)>?$/;

/** The value of a scalar with an explicit tag; other tags than YAML's own are reported. (R-YAML-9) */
export function resolveTagged(
  context: ReportContext,
  place: Place,
  tag: string,
  text: string,
): ResolvedScalar {
  if (tag === "!") return plainString(text);
  const type = standard.exec(tag)?.[1];
  if (type === undefined) {
    report(context, "yaml-unknown-tag", place, `the tag \`${tag}\` is not part of the language`);
    return plainString(text);
  }
  const resolved = asType(type, text);
  if (resolved === undefined) {
    report(context, "yaml-syntax", place, `"${text}" is no value of the tag \`${tag}\``, {
      rule: "R-YAML-9",
    });
    return plainString(text);
  }
  return resolved;
}

function asType(type: string, text: string): ResolvedScalar | undefined {
  if (type === "str") return plainString(text);
  if (type === "null") return { type: "null", value: null, sexagesimal: false };
  if (type === "bool") {
    const value = resolveBoolean(text);
    return value === undefined ? undefined : { type: "boolean", value, sexagesimal: false };
  }
  const number = resolveNumber(text);
  if (type === "float" && number?.type === "integer") return { ...number, type: "float" };
  return number?.type === (type === "int" ? "integer" : "float") ? number : undefined;
}

function plainString(text: string): ResolvedScalar {
  return { type: "string", value: text, sexagesimal: false };
}
