import { commands, type CommandEntry } from "../commands.ts";

/** All that a shell needs to know to complete a command line of fmg. */
export interface CommandModel {
  /** Words that stand first or behind another: `config`, and below it `validate`. */
  readonly topics: ReadonlyMap<string, readonly Choice[]>;
  readonly commands: readonly CommandFlags[];
}

/** A word that may come next. */
export interface Choice {
  readonly word: string;
  readonly summary: string;
}

export interface CommandFlags {
  /** `config validate` */
  readonly name: string;
  readonly flags: readonly FlagModel[];
}

export interface FlagModel {
  /** `--limit` */
  readonly long: string;
  /** `-q` */
  readonly short: string | undefined;
  readonly summary: string;
  readonly takesValue: boolean;
}

/** What oclif keeps of a flag, as far as it matters here. */
interface DeclaredFlag {
  readonly type: "boolean" | "option";
  readonly char?: string;
  readonly description?: string;
  readonly allowNo?: boolean;
  readonly hidden?: boolean;
}

/** Loads every command for its flags, which no other start of fmg does. */
export async function commandModel(): Promise<CommandModel> {
  const loaded = await Promise.all(
    Object.entries(commands).map(async ([name, entry]) => {
      const { flags, baseFlags } = await entry.load();
      const declared = { ...baseFlags, ...flags } as Readonly<Record<string, DeclaredFlag>>;
      return { name, flags: Object.entries(declared).flatMap(([flag, each]) => flagModels(flag, each)) };
    }),
  );
  return { topics: topicsOf(commands), commands: loaded };
}

function topicsOf(entries: Readonly<Record<string, CommandEntry>>): ReadonlyMap<string, readonly Choice[]> {
  const topics = new Map<string, Choice[]>();
  const add = (topic: string, choice: Choice): void => {
    const known = topics.get(topic) ?? [];
    if (!known.some(({ word }) => word === choice.word)) topics.set(topic, [...known, choice]);
  };
  for (const [name, { summary }] of Object.entries(entries)) {
    const words = name.split(" ");
    const last = words.pop()!;
    const topic = words.join(" ");
    if (topic !== "") add("", { word: topic, summary: `commands of fmg ${topic}` });
    add(topic, { word: last, summary });
  }
  return topics;
}

function flagModels(name: string, flag: DeclaredFlag): FlagModel[] {
  if (flag.hidden === true) return [];
  const summary = flag.description ?? "";
  const model = {
    long: `--${name}`,
    short: flag.char === undefined ? undefined : `-${flag.char}`,
    summary,
    takesValue: flag.type === "option",
  };
  const opposite = { ...model, long: `--no-${name}`, short: undefined };
  return flag.allowNo === true ? [model, opposite] : [model];
}
