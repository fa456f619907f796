import { CliError } from "../errors.ts";

/** Texts of `--param name=value` as values of the declared types; what does not fit stays a text, for compile to tell. */
export function parseParameters(
  given: readonly string[],
  declared: ReadonlyMap<string, { readonly type: string }>,
): Record<string, string | number | boolean> {
  const values = new Map<string, string | number | boolean>();
  for (const text of given) {
    const equals = text.indexOf("=");
    if (equals < 1) {
      throw new CliError("usage", `"${text}" is no parameter`, [
        "Its form is name=value:  --param deploy=true",
      ]);
    }
    const name = text.slice(0, equals);
    values.set(name, typed(text.slice(equals + 1), declared.get(name)?.type));
  }
  return Object.fromEntries(values);
}

function typed(text: string, type: string | undefined): string | number | boolean {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (type === "integer" && /^[-+]?\d+$/.test(text)) return Number(text);
  return text;
}
