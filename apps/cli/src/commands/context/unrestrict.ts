import type { Context, Restriction } from "@fmg/client";

import { CliError } from "../../errors.ts";
import { FmgCommand } from "../../fmg-command.ts";
import { assertConfirmed } from "../../prompts.ts";
import { contextArg, yesFlag } from "../../secrets/flags.ts";
import { restrictionsText } from "../../secrets/print.ts";
import { restrictionFlags, restrictionMeant } from "../../secrets/restriction-flags.ts";
import { plain } from "../../ui.ts";

/** `fmg context unrestrict <context>` */
export class UnrestrictContext extends FmgCommand {
  static override summary = "Take a restriction of a context away: the same flag as it was given.";
  static override usage =
    "context unrestrict <context> --project <owner/name> | --branch <name> | --tag <name> | --expression <text> [--yes]";
  static override args = { context: contextArg };
  static override flags = { ...restrictionFlags, ...yesFlag };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(UnrestrictContext);
    const wanted = restrictionMeant(flags, `fmg context unrestrict ${args.context}`);
    await this.withServer(flags, async ({ ui, client }) => {
      const before = await client.getContext({ params: { context: args.context } });
      const { id } = restrictionOf(before, wanted);
      await assertConfirmed(ui, `Let more jobs use context ${args.context}?`, flags.yes);
      const context = await client.unrestrictContext({ params: { context: args.context, id } });
      if (ui.json) return ui.document(context);
      const name = plain(context.name);
      await ui.line(ui.quiet ? name : `${name}: for ${restrictionsText(context)}`);
    });
  }
}

function restrictionOf(context: Context, { kind, value }: Pick<Restriction, "kind" | "value">): Restriction {
  const same = (restriction: Restriction): boolean =>
    restriction.kind === kind &&
    // GitHub compares names without regard to case.
    (kind === "project"
      ? restriction.value.toLowerCase() === value.toLowerCase()
      : restriction.value === value);
  const found = context.restrictions.find(same);
  if (found !== undefined) return found;
  throw new CliError("not-found", `context ${context.name} has no restriction to ${kind} ${value}`, [
    `It is for ${restrictionsText(context)}.`,
  ]);
}
