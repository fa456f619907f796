import { CliError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/** The value of a `--format` that is one of a few words; throws CliError `usage` otherwise. */
export function checkedFormat<T extends string>(formats: readonly T[], text: string, command: string): T {
  const format = formats.find((known) => known === text);
  if (format !== undefined) return format;
  const guess = nearest(text, formats);
  throw new CliError("usage", `"${text}" is no format of ${command}`, [
    ...(guess === undefined ? [] : [`Did you mean:  ${command} --format ${guess}`]),
    `All formats:  ${formats.join(", ")}`,
  ]);
}
