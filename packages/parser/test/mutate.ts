/** One change to a text: what people and machines do to configs, and what nobody would. */
export interface Mutation {
  readonly kind: "delete" | "duplicate" | "swap" | "replace" | "insert" | "indent" | "cut" | "join";
  /** Picks a place; any number. */
  readonly at: number;
  readonly other: number;
}

export const mutationKinds: readonly Mutation["kind"][] = [
  "delete",
  "duplicate",
  "swap",
  "replace",
  "insert",
  "indent",
  "cut",
  "join",
];

const snippets = [
  "<<",
  "<< parameters.x >>",
  "<< pipeline.git.tag >>",
  "<< matrix.os >>",
  "<<# parameters.x >>a<</ parameters.x >>",
  "\\<<",
  ">>",
  "*defaults",
  "&a",
  "<<: *defaults",
  "<<: [*a, *b]",
  "{}",
  "[]",
  "null",
  "[[x]]",
  "{a: {b: [c]}}",
  "!!str 1",
  "!x y",
  "__proto__",
  "constructor",
  "toString: 1",
  "~",
  "yes",
  "010",
  "1e400",
  ".nan",
  "-.inf",
  "12:30",
  "99999999999999999999",
  "/(a+)+$/",
  "/[/",
  '"\\u0000"',
  "'",
  '"',
  "|",
  "? [a]",
  ": x",
  "---",
  "#",
  "\t",
  "\u2028",
  "\uD800",
  "\u{1F600}",
  "steps",
  "run:",
  "when: {condition: {and: [true]}, steps: [checkout]}",
  "requires: [test]",
  "name: x",
  "type: approval",
  "executor: node",
  "matrix: {parameters: {a: [1, 2]}}",
];

/** A text after the given changes; a change of a line that is not there changes the last. */
export function mutate(text: string, mutations: readonly Mutation[]): string {
  let lines = text.split("\n");
  for (const { kind, at, other } of mutations) {
    if (lines.length === 0) return "";
    const index = at % lines.length;
    lines = apply(lines, kind, index, other);
  }
  return lines.join("\n");
}

function apply(lines: readonly string[], kind: Mutation["kind"], index: number, other: number): string[] {
  const line = lines[index]!;
  const column = line.length === 0 ? 0 : other % (line.length + 1);
  const snippet = snippets[other % snippets.length]!;
  const replaced = (...with_: string[]) => [...lines.slice(0, index), ...with_, ...lines.slice(index + 1)];
  switch (kind) {
    case "delete":
      return replaced();
    case "duplicate":
      return replaced(line, line);
    case "swap": {
      const partner = other % lines.length;
      const swapped = [...lines];
      swapped[index] = lines[partner]!;
      swapped[partner] = line;
      return swapped;
    }
    case "replace":
      return replaced(line.replace(/[^\s:[\]{},-]+(?=[^a-z]*$)/, () => snippet));
    case "insert":
      return replaced(line.slice(0, column) + snippet + line.slice(column));
    case "indent":
      return replaced(other % 2 === 0 ? `  ${line}` : line.replace(/^ {1,2}/, ""));
    case "cut":
      return replaced(line.slice(0, column));
    case "join":
      return [...lines.slice(0, index), line + (lines[index + 1] ?? ""), ...lines.slice(index + 2)];
  }
}
