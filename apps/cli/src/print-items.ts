import { string } from "@oclif/core/flags";

import { tableLines } from "./table.ts";
import type { Ui } from "./ui.ts";

/** The flag of commands that list or show things. */
export const formatFlag = {
  format: string({
    helpValue: "<template>",
    exclusive: ["json"],
    description: "a line for each, with fields of the JSON: '{{id}} {{status}}'",
  }),
};

/** How one kind of thing is shown. */
export interface View<T> {
  /** What `-q` prints. */
  readonly id: (item: T) => number | string;
  /** Its columns; under `--plain` the fields between tabs. */
  readonly row: (item: T) => readonly string[];
  /** Columns of figures, from 0. */
  readonly right?: readonly number[];
  /** A line in place of the columns, never cut; `--plain` prints the columns all the same. */
  readonly line?: (item: T) => string;
}

/** A page of a list as `--json`, `--format`, `-q`, `--plain` or none of them ask for it; `none` is the note where it is empty. */
export async function printItems<T extends object>(
  ui: Ui,
  page: { readonly items: readonly T[]; readonly next: string | null },
  view: View<T>,
  none?: string,
): Promise<void> {
  if (ui.json) return ui.document({ items: page.items, next: page.next });
  for (const line of linesOf(ui, page.items, view)) await ui.line(line);
  if (none !== undefined && page.items.length === 0) ui.note(none);
}

/** The lines of some things, where no JSON is asked for. */
export function linesOf<T extends object>(
  ui: Pick<Ui, "template" | "quiet" | "plain" | "width">,
  items: readonly T[],
  view: View<T>,
): string[] {
  const { template } = ui;
  if (template !== undefined) return items.map((item) => template(item));
  if (ui.quiet) return items.map((item) => String(view.id(item)));
  if (view.line !== undefined && !ui.plain) return items.map(view.line);
  return tableLines(
    items.map((item) => view.row(item)),
    { width: ui.width, tabs: ui.plain, ...(view.right === undefined ? {} : { right: view.right }) },
  );
}
