import { CliError } from "./errors.ts";

/** `owner/name` as the params of a route; throws CliError `usage` otherwise. `command` is for the example. */
export function readRepo(text: string, command: string): { readonly owner: string; readonly repo: string } {
  const [owner = "", repo = "", ...rest] = text.split("/");
  if (owner !== "" && repo !== "" && rest.length === 0) return { owner, repo };
  throw new CliError("usage", `"${text}" is not a repository`, [
    `Its form is owner/name:  ${command} octo/repo`,
  ]);
}
