import type { Restriction } from "@fmg/client";
import { string } from "@oclif/core/flags";

import { CliError } from "../errors.ts";

/** What a context is restricted by: one flag each. */
export const restrictionFlags = {
  project: string({ helpValue: "<owner/name>", description: "jobs of this repository" }),
  branch: string({
    helpValue: "<name>",
    description: "jobs of this branch, or of those that match /a pattern/",
  }),
  tag: string({ helpValue: "<name>", description: "jobs of this tag, or of those that match /a pattern/" }),
  expression: string({ helpValue: "<text>", description: "jobs of pipelines for which it holds" }),
};

type Kind = Restriction["kind"];

/** The one restriction that the flags name. */
export function restrictionMeant(
  flags: Readonly<Partial<Record<Kind, string | undefined>>>,
  command: string,
): { readonly kind: Kind; readonly value: string } {
  const kinds = Object.keys(restrictionFlags) as Kind[];
  const given = kinds.flatMap((kind) => {
    const value = flags[kind];
    return value === undefined ? [] : [{ kind, value }];
  });
  const [first, ...others] = given;
  if (first !== undefined && others.length === 0) return first;
  const message = first === undefined ? "a restriction is missing" : "one restriction at a time";
  throw new CliError("usage", message, [`For example:  ${command} --branch main`]);
}
