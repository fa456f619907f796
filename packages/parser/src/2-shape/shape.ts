import type { ScalarType } from "../1-read/nodes.ts";

/**
 * What a value may look like. The language is written down once, as shapes (`language/`): the checker reads them, and
 * the JSON Schema for editors is made of them.
 */
export type Shape = AnyShape | ScalarShape | ListShape | MapShape | ChoiceShape;

export interface AnyShape {
  readonly is: "any";
}

export interface ScalarShape {
  readonly is: "scalar";
  readonly types: readonly ScalarType[];
  /** Closed list of texts. */
  readonly values?: readonly string[];
  readonly pattern?: { readonly regex: RegExp; readonly expected: string };
  readonly minimum?: number;
  readonly maximum?: number;
  /** For messages: `a duration such as "10m"`. */
  readonly expected: string;
}

export interface ListShape {
  readonly is: "list";
  readonly items: Shape | (() => Shape);
  readonly atLeast?: number;
  readonly expected: string;
}

export interface MapShape {
  readonly is: "map";
  readonly fields: ReadonlyMap<string, Field>;
  readonly required: readonly string[];
  /** What keys beside `fields` mean: an error, a warning, or values of a shape. */
  readonly others: "error" | "warning" | "ignore" | Shape | (() => Shape);
  /** A pattern for the keys beside `fields`. */
  readonly names?: NamePattern;
  /** What an entry is, for messages: `the job`. */
  readonly noun?: string;
  readonly expected: string;
}

export interface NamePattern {
  readonly regex: RegExp;
  readonly expected: string;
  /** Real configs break the pattern and work: a warning then. */
  readonly lenient?: boolean;
}

/** At most one shape per kind of node, so that a message can say what is wrong. */
export interface ChoiceShape {
  readonly is: "choice";
  readonly scalar?: ScalarShape;
  readonly list?: ListShape;
  readonly map?: MapShape;
}

export interface Field {
  /** The key in backquotes, for messages. */
  readonly what: string;
  readonly shape: Shape | (() => Shape);
  readonly description: string;
  /** The rule that is broken when the value does not fit. */
  readonly rule?: string;
  readonly deprecated?: boolean;
}

type FieldTuple = readonly [shape: Shape | (() => Shape), description: string, rule?: string];

export const any: AnyShape = { is: "any" };

export const nothing: ScalarShape = { is: "scalar", types: ["null"], expected: "nothing" };

export const text: ScalarShape = { is: "scalar", types: ["string"], expected: "a text" };

/** Numbers and booleans stand for their text. */
export const textLike: ScalarShape = {
  is: "scalar",
  types: ["string", "integer", "float", "boolean"],
  expected: "a text",
};

export const anyScalar: ScalarShape = {
  is: "scalar",
  types: ["string", "integer", "float", "boolean", "null"],
  expected: "a text, a number or a boolean",
};

export const flag: ScalarShape = { is: "scalar", types: ["boolean"], expected: "true or false" };

/** A scalar that may also be left empty. */
export function orNothing(shape: ScalarShape): ScalarShape {
  return { ...shape, types: [...shape.types, "null"] };
}

export function integer(options: { minimum: number; maximum?: number; expected: string }): ScalarShape {
  return { is: "scalar", types: ["integer"], ...options };
}

export function matching(regex: RegExp, expected: string): ScalarShape {
  return { is: "scalar", types: ["string"], pattern: { regex, expected }, expected };
}

export function oneOf(...values: string[]): ScalarShape {
  return { is: "scalar", types: ["string"], values, expected: `one of ${values.join(", ")}` };
}

export function list(
  items: Shape | (() => Shape),
  options: { atLeast?: number; expected?: string } = {},
): ListShape {
  return { is: "list", items, expected: "a list", ...options };
}

export function map(
  fields: Readonly<Record<string, FieldTuple>>,
  options: Partial<Pick<MapShape, "required" | "others" | "names" | "noun" | "expected">> = {},
): MapShape {
  const named = Object.entries(fields).map(([name, [shape, description, rule]]): [string, Field] => [
    name,
    { what: `\`${name}\``, shape, description, ...(rule === undefined ? {} : { rule }) },
  ]);
  return { is: "map", fields: new Map(named), required: [], others: "error", expected: "a map", ...options };
}

/** A map from free names to values of one shape. */
export function mapOf(
  others: Shape | (() => Shape),
  options: Partial<Pick<MapShape, "names" | "noun" | "expected">> = {},
): MapShape {
  return map({}, { others, ...options });
}

export function choice(...shapes: readonly (ScalarShape | ListShape | MapShape)[]): ChoiceShape {
  const chosen: { -readonly [K in keyof ChoiceShape]: ChoiceShape[K] } = { is: "choice" };
  for (const shape of shapes) {
    if (shape.is === "scalar") chosen.scalar = shape;
    else if (shape.is === "list") chosen.list = shape;
    else chosen.map = shape;
  }
  return chosen;
}

export function resolved(shape: Shape | (() => Shape)): Shape {
  return typeof shape === "function" ? shape() : shape;
}

/** For messages: what would have been right. */
export function expectationOf(shape: Shape): string {
  if (shape.is === "any") return "a value";
  if (shape.is !== "choice") return shape.expected;
  return [shape.scalar, shape.list, shape.map]
    .filter((option) => option !== undefined)
    .map((option) => option.expected)
    .join(" or ");
}
