import { FmgCommand } from "../../fmg-command.ts";
import { assertConfirmed } from "../../prompts.ts";
import { variableArg, yesFlag } from "../../secrets/flags.ts";
import { repoFlag, repositoryMeant } from "../../secrets/repository.ts";

/** `fmg secret delete <name>` */
export class DeleteSecret extends FmgCommand {
  static override summary = "Delete a variable of a project.";
  static override usage = "secret delete <name> [--repo <owner/name>] [--yes]";
  static override args = { name: variableArg };
  static override flags = { ...repoFlag, ...yesFlag };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(DeleteSecret);
    const repository = await repositoryMeant(flags.repo, `fmg secret delete ${args.name}`);
    const what = `${args.name} of ${repository.owner}/${repository.name}`;
    await this.withServer(flags, async ({ ui, client }) => {
      await assertConfirmed(ui, `Delete ${what}?`, flags.yes);
      const variable = await client.deleteVariable({ params: { ...repository, variable: args.name } });
      if (ui.json) return ui.document(variable);
      await ui.line(ui.quiet ? variable.name : `Deleted ${what}`);
    });
  }
}
