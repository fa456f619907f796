import type { Context, Variable } from "@fmg/client";

import { toSecond } from "../format.ts";
import type { View } from "../print-items.ts";
import { plain } from "../ui.ts";

/** A variable's name, the end of a long value, and when it was set. */
export const variableView: View<Variable> = {
  id: ({ name }) => plain(name),
  row: ({ name, hint, updatedAt }) => [
    plain(name),
    hint === null ? "" : `…${plain(hint)}`,
    `set ${toSecond(updatedAt)}`,
  ],
};

/** `branch main, project octo/repo`, or that nothing restricts it. */
export function restrictionsText({ restrictions }: Context): string {
  if (restrictions.length === 0) return "every project";
  return restrictions.map(({ kind, value }) => `${kind} ${plain(value)}`).join(", ");
}
