import { CliError } from "../errors.ts";

/** A name that needs no quotes in a shell; throws CliError `usage` otherwise. */
export function checkedProfileName(name: string): string {
  if (/^\w[\w.-]{0,99}$/.test(name) && name !== "__proto__") return name;
  throw new CliError("usage", `"${name}" is not the name of a profile`, [
    "It is of letters, digits, dots and hyphens:  fmg login --profile work",
  ]);
}
