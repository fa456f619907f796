import { FmgCommand } from "../../fmg-command.ts";
import { contextArg } from "../../secrets/flags.ts";
import { plain } from "../../ui.ts";

/** `fmg context create <context>` */
export class CreateContext extends FmgCommand {
  static override summary = "Create a context. Every project may use it until it is restricted.";
  static override usage = "context create <context>";
  static override args = { context: contextArg };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(CreateContext);
    await this.withServer(flags, async ({ ui, client }) => {
      const context = await client.createContext({ body: { name: args.context } });
      if (ui.json) return ui.document(context);
      const name = plain(context.name);
      await ui.line(ui.quiet ? name : `Created context ${name}`);
      ui.note(`Every project may use it. Restrict it:  fmg context restrict ${name} --branch main`);
    });
  }
}
