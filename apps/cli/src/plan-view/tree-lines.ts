/** A line and what hangs below it. */
export interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[];
}

/** Draws roots at the margin and what is below them with lines: `├─ build`, `└─ test`. */
export function treeLines(roots: readonly Branch[]): string[] {
  return roots.flatMap(({ text, below = [] }) => [text, ...linesBelow(below, "")]);
}

function linesBelow(branches: readonly Branch[], indent: string): string[] {
  return branches.flatMap(({ text, below = [] }, index) => {
    const isLast = index === branches.length - 1;
    return [
      `${indent}${isLast ? "└─ " : "├─ "}${text}`,
      ...linesBelow(below, `${indent}${isLast ? "   " : "│  "}`),
    ];
  });
}
