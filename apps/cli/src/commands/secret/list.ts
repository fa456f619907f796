import { FmgCommand } from "../../fmg-command.ts";
import { formatFlag, printItems } from "../../print-items.ts";
import { variableView } from "../../secrets/print.ts";
import { repoFlag, repositoryMeant } from "../../secrets/repository.ts";

/** `fmg secret list` */
export class ListSecrets extends FmgCommand {
  static override summary = "Show the variables of a project: names and dates, never values.";
  static override usage = "secret list [--repo <owner/name>] [--format <template>]";
  static override flags = { ...repoFlag, ...formatFlag };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListSecrets);
    const params = await repositoryMeant(flags.repo, "fmg secret list");
    await this.withServer(flags, async ({ ui, client }) => {
      const variables = await client.listVariables({ params });
      const none = `No variables of ${params.owner}/${params.name}. One is set by:  fmg secret set NAME`;
      await printItems(ui, variables, variableView, none);
    });
  }
}
