import { FmgCommand } from "../../fmg-command.ts";
import { fromFileFlag, typedValueArg, variableArg } from "../../secrets/flags.ts";
import { repoFlag, repositoryMeant } from "../../secrets/repository.ts";
import { readValue } from "../../secrets/secret-value.ts";

/** `fmg secret set <name>` */
export class SetSecret extends FmgCommand {
  static override summary =
    "Set a variable of a project; its value comes from a pipe, a file or a hidden question.";
  static override usage = "secret set <name> [--repo <owner/name>] [--from-file <file>]";
  static override args = { name: variableArg, value: typedValueArg };
  static override flags = { ...repoFlag, ...fromFileFlag };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(SetSecret);
    const command = "fmg secret set";
    const repository = await repositoryMeant(flags.repo, `${command} ${args.name}`);
    await this.withServer(flags, async ({ ui, client }) => {
      const wanted = { name: args.name, fromFile: flags["from-file"], typed: args.value, command };
      const value = await readValue(ui, wanted);
      const params = { ...repository, variable: args.name };
      const variable = await client.setVariable({ params, body: { value } });
      if (ui.json) return ui.document(variable);
      const told = `Set ${variable.name} of ${repository.owner}/${repository.name}`;
      await ui.line(ui.quiet ? variable.name : told);
    });
  }
}
