import { typedArguments } from "@fmg/parser";

import { CliError } from "../errors.ts";

/** Texts of `--param name=value` as values of the declared types; what does not fit stays a text, for compile to tell. */
export function parseParameters(
  given: readonly string[],
  declared: ReadonlyMap<string, { readonly type: string }>,
): Record<string, string | number | boolean> {
  return typedArguments(readParameters(given), declared);
}

/** `name=value` by name; the last of a name counts. Throws CliError `usage` where a text has another form. */
export function readParameters(given: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const text of given) {
    const equals = text.indexOf("=");
    if (equals < 1) {
      throw new CliError("usage", `"${text}" is no parameter`, [
        "Its form is name=value:  --param deploy=true",
      ]);
    }
    texts.set(text.slice(0, equals), text.slice(equals + 1));
  }
  return texts;
}
