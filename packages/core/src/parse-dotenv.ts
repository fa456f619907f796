import { Secret, type NamedSecret } from "./secret.ts";

/** What a dotenv text says, or the first line that says nothing. */
export type Dotenv =
  | {
      readonly kind: "read";
      /** Those before the first section. */
      readonly secrets: readonly NamedSecret[];
      /** By the name of their section. */
      readonly sections: ReadonlyMap<string, readonly NamedSecret[]>;
    }
  | { readonly kind: "wrong"; readonly line: number; readonly what: string };

const beginning = /\s*(?:#[^\n]*(?:\n|$))*\s*/y;
const sectionLine = /\[([^\]\n]+)\]/y;
const assignment = /(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y;
const singleQuoted = /'([^']*)'/y;
const doubleQuoted = /"((?:[^"\\]|\\[^])*)"/y;
const bare = /[^\n]*/y;
const lineEnd = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * Reads lines `NAME=value`, with `export` before them or not, and comments after `#`. `'single quotes'` keep everything, over several
 * lines too; `"double quotes"` as well, and know `\n`, `\r`, `\t`, and a backslash before any other character for that
 * character. A `$` is a `$` everywhere: nothing is expanded. Where `sections` are allowed, a line `[name]` begins one.
 */
export function parseDotenv(source: string, { sections }: { sections: "allowed" | "none" }): Dotenv {
  const text = source.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const first = new Map<string, Secret>();
  const named = new Map<string, Map<string, Secret>>();
  let current = first;
  let at = 0;

  function take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  }
  const wrong = (what: string, where = at): Dotenv => ({
    kind: "wrong",
    line: text.slice(0, where).split("\n").length,
    what,
  });

  for (;;) {
    take(beginning);
    if (at === text.length) break;
    const start = at;
    const section = sections === "allowed" ? take(sectionLine)?.[1]?.trim() : undefined;
    if (section !== undefined) {
      if (take(lineEnd) === null) return wrong(`something stands after [${section}]`, start);
      current = named.get(section) ?? new Map<string, Secret>();
      named.set(section, current);
      continue;
    }
    const name = take(assignment)?.[1];
    if (name === undefined) return wrong("it is no NAME=value, with a name of letters, digits and _");
    const value = takeValue(take, text[at]);
    if (value === undefined) return wrong(`the quotes of ${name} are not closed`, start);
    if (take(lineEnd) === null) return wrong(`something stands after the quotes of ${name}`);
    if (value.includes("\0")) return wrong(`${name} has a NUL, which no variable can have`, start);
    if (current.has(name)) return wrong(`${name} stands twice`, start);
    current.set(name, new Secret(value));
  }
  const listed = [...named].map(([name, variables]) => [name, namedSecrets(variables)] as const);
  return { kind: "read", secrets: namedSecrets(first), sections: new Map(listed) };
}

function namedSecrets(variables: ReadonlyMap<string, Secret>): NamedSecret[] {
  return [...variables].map(([name, value]) => ({ name, value }));
}

function takeValue(
  take: (pattern: RegExp) => RegExpExecArray | null,
  first: string | undefined,
): string | undefined {
  if (first === "'") return take(singleQuoted)?.[1];
  if (first === '"') {
    return take(doubleQuoted)?.[1]?.replace(/\\([^])/g, (_all, it: string) => escapes[it] ?? it);
  }
  return take(bare)![0]
    .replace(/(?:^|\s)#.*$/, "")
    .trim();
}
