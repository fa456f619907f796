import type { ParameterValue } from "@fmg/core";

/** Texts as values of the declared types; what does not fit stays a text, for `compile` to tell. */
export function typedArguments(
  texts: Iterable<readonly [name: string, text: string]>,
  declared: ReadonlyMap<string, { readonly type: string }>,
): Record<string, ParameterValue> {
  const typed = Array.from(texts, ([name, text]) => [name, typedArgument(text, declared.get(name)?.type)]);
  return Object.fromEntries(typed) as Record<string, ParameterValue>;
}

function typedArgument(text: string, type: string | undefined): ParameterValue {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (type === "integer" && /^[-+]?\d+$/.test(text)) return Number(text);
  return text;
}
