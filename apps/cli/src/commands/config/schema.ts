import { languageSchema } from "@fmg/parser";

import { FmgCommand } from "../../fmg-command.ts";

/** `fmg config schema` */
export class Schema extends FmgCommand {
  static override summary = "Print a JSON Schema of the language, for editors.";
  static override usage = "config schema";

  override async run(): Promise<void> {
    const { flags } = await this.parse(Schema);
    await this.openUi(flags).line(JSON.stringify(languageSchema(), undefined, 2));
  }
}
