import type { Context, Variable } from "@fmg/client";

import { toSecond } from "../format.ts";
import { plain, type Ui } from "../ui.ts";

/** A line for each variable: its name, the end of a long value, and when it was set. */
export async function printVariables(ui: Ui, variables: readonly Variable[]): Promise<void> {
  const width = Math.max(0, ...variables.map(({ name }) => name.length));
  for (const { name, hint, updatedAt } of variables) {
    const end = hint === null ? "     " : `…${plain(hint)}`;
    const columns = `${plain(name).padEnd(width)}  ${end}  set ${toSecond(updatedAt)}`;
    await ui.line(ui.quiet ? plain(name) : columns);
  }
}

/** `branch main, project octo/repo`, or that nothing restricts it. */
export function restrictionsText({ restrictions }: Context): string {
  if (restrictions.length === 0) return "every project";
  return restrictions.map(({ kind, value }) => `${kind} ${plain(value)}`).join(", ");
}
