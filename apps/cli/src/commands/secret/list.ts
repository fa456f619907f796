import { FmgCommand } from "../../fmg-command.ts";
import { printVariables } from "../../secrets/print.ts";
import { repoFlag, repositoryMeant } from "../../secrets/repository.ts";

/** `fmg secret list` */
export class ListSecrets extends FmgCommand {
  static override summary = "Show the variables of a project: names and dates, never values.";
  static override usage = "secret list [--repo <owner/name>]";
  static override flags = repoFlag;

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListSecrets);
    const params = await repositoryMeant(flags.repo, "fmg secret list");
    await this.withServer(flags, async ({ ui, client }) => {
      const variables = await client.listVariables({ params });
      if (ui.json) return ui.document(variables);
      await printVariables(ui, variables.items);
      const what = `${params.owner}/${params.name}`;
      if (variables.items.length === 0)
        ui.note(`No variables of ${what}. One is set by:  fmg secret set NAME`);
    });
  }
}
