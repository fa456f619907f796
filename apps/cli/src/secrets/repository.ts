import { string } from "@oclif/core/flags";

import { readCheckout } from "../config/checkout.ts";
import { CliError } from "../errors.ts";

/** The flag of commands about one repository. */
export const repoFlag = {
  repo: string({
    helpValue: "<owner/name>",
    description: "of this repository; else of the checkout's origin",
  }),
};

/** The repository that `--repo` names, else the one that the working directory is a checkout of. */
export async function repositoryMeant(
  repo: string | undefined,
  command: string,
): Promise<{ owner: string; name: string }> {
  const hint = `Name it:  ${command} --repo octo/repo`;
  if (repo === undefined) {
    const { repository } = await readCheckout(process.cwd());
    if (repository !== undefined) return { owner: repository.owner, name: repository.name };
    throw new CliError("usage", "no repository is named, and this is no checkout of one", [hint]);
  }
  const [, owner, name] = /^([A-Za-z0-9_-]+)\/([A-Za-z0-9._-]+)$/.exec(repo) ?? [];
  if (owner === undefined || name === undefined) {
    throw new CliError("usage", `"${repo}" is not a repository`, [hint]);
  }
  return { owner, name };
}
