import { CliError } from "./errors.ts";

/** `owner/name` as the params of a route; throws CliError `usage` otherwise. `command` is for the example. */
export function readRepo(text: string, command: string): { readonly owner: string; readonly name: string } {
  const [owner = "", name = "", ...rest] = text.split("/");
  if (owner !== "" && name !== "" && rest.length === 0) return { owner, name };
  throw new CliError("usage", `"${text}" is not a repository`, [
    `Its form is owner/name:  ${command} octo/repo`,
  ]);
}
