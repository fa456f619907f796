import { CliError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { plain, type Template } from "./ui.ts";

const field = /\{\{\s*([\w-]+(?:\.[\w-]+)*)\s*\}\}/g;

/**
 * Reads a template of `--format`: text with fields of the JSON, `{{id}} {{repo.owner}}`, and `\t` and `\n`. There is no logic
 * in it. Throws CliError `usage` for what is no template; the template throws it for a field that the item does not have.
 */
export function readTemplate(text: string): Template {
  const rest = text.replaceAll(field, "");
  if (text === rest || /\{\{|\}\}/.test(rest)) {
    throw new CliError("usage", `"${text}" is no template`, [
      "Fields of the JSON stand in double braces:  --format '{{id}} {{status}}'",
      "All fields are in the output of --json.",
    ]);
  }
  const withBreaks = text.replaceAll("\\t", "\t").replaceAll("\\n", "\n");
  return (item) => withBreaks.replaceAll(field, (_, path: string) => textOf(valueAt(item, path)));
}

function valueAt(item: object, path: string): unknown {
  let value: unknown = item;
  for (const name of path.split(".")) {
    // A part that is absent in this item, as the approval of a job that needs none.
    if (value === null) return null;
    if (typeof value !== "object" || !Object.hasOwn(value, name)) {
      throw noField(path, name, value);
    }
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function textOf(value: unknown): string {
  if (value === null) return "";
  if (typeof value === "string") return plain(value);
  return JSON.stringify(value);
}

function noField(path: string, name: string, within: unknown): CliError {
  const known = typeof within === "object" && within !== null ? Object.keys(within) : [];
  const guess = nearest(name, known);
  return new CliError("usage", `--format names ${path}, and there is no field ${name}`, [
    ...(guess === undefined ? [] : [`Did you mean:  ${guess}`]),
    known.length === 0 ? "It is within what has no fields." : `There are:  ${known.join(", ")}`,
  ]);
}
