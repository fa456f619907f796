import type { ScalarType } from "../1-read/nodes.ts";
import {
  resolved,
  type ChoiceShape,
  type Field,
  type ListShape,
  type MapShape,
  type ScalarShape,
  type Shape,
} from "../2-shape/shape.ts";

/** A JSON Schema as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** A shape with a name and a schema of its own. */
export interface NamedShape {
  readonly name: string;
  readonly schema: (maker: SchemaMaker) => JsonSchema;
}

export interface SchemaMaker {
  readonly named: ReadonlyMap<Shape, NamedShape>;
  /** The schemas of named shapes, as far as they were met. */
  readonly definitions: Map<string, JsonSchema>;
}

/** A text with an expression in it may stand anywhere: what it comes to is checked when it is rendered. */
export const template: JsonSchema = { type: "string", pattern: "<<" };
const templateReference: JsonSchema = { $ref: "#/definitions/template" };

/** The schema of a shape, as the shape is written in a 2.1 config. */
export function shapeSchema(maker: SchemaMaker, shape: Shape): JsonSchema {
  const known = maker.named.get(shape);
  if (known !== undefined) return referenceTo(maker, known);
  switch (shape.is) {
    case "any":
      return {};
    case "scalar":
      return orTemplate(scalarSchemas(shape));
    case "list":
      return orTemplate([listSchema(maker, shape)]);
    case "map":
      return mapSchema(maker, shape);
    case "choice":
      return choiceSchema(maker, shape);
  }
}

function referenceTo(maker: SchemaMaker, known: NamedShape): JsonSchema {
  if (!maker.definitions.has(known.name)) {
    // Reserved first: a step has steps in it.
    maker.definitions.set(known.name, {});
    maker.definitions.set(known.name, known.schema(maker));
  }
  return { $ref: `#/definitions/${known.name}` };
}

function choiceSchema(maker: SchemaMaker, { scalar, list, map }: ChoiceShape): JsonSchema {
  return orTemplate([
    ...(scalar === undefined ? [] : scalarSchemas(scalar)),
    ...(list === undefined ? [] : [listSchema(maker, list)]),
    ...(map === undefined ? [] : [mapSchema(maker, map)]),
  ]);
}

function orTemplate(options: readonly JsonSchema[]): JsonSchema {
  const anyText = options.some(isAnyText);
  if (options.length === 1 && anyText) return options[0]!;
  return { anyOf: anyText ? options : [...options, templateReference] };
}

function isAnyText(schema: JsonSchema): boolean {
  const { type, pattern } = schema;
  return pattern === undefined && (type === "string" || (Array.isArray(type) && type.includes("string")));
}

/** JSON's types by ours. An editor may read YAML 1.2, where `yes` is a text. */
const jsonTypes: Readonly<Record<ScalarType, readonly string[]>> = {
  string: ["string"],
  integer: ["integer"],
  float: ["number"],
  boolean: ["boolean"],
  null: ["null"],
  unknown: [],
};
const otherBooleans: JsonSchema = {
  type: "string",
  pattern: "^(yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$",
};

function scalarSchemas(shape: ScalarShape): JsonSchema[] {
  const { types, values, pattern, minimum, maximum } = shape;
  if (values !== undefined) return [{ enum: types.includes("null") ? [...values, null] : values }];
  const names = [...new Set(types.flatMap((type) => jsonTypes[type]))];
  // A number is an integer too.
  const told = names.includes("number") ? names.filter((name) => name !== "integer") : names;
  const schema: JsonSchema = {
    type: told.length === 1 ? told[0] : told,
    ...(pattern === undefined ? {} : { pattern: pattern.regex.source }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
  return types.includes("boolean") && !types.includes("string") ? [schema, otherBooleans] : [schema];
}

function listSchema(maker: SchemaMaker, shape: ListShape): JsonSchema {
  return {
    type: "array",
    items: shapeSchema(maker, resolved(shape.items)),
    ...(shape.atLeast === undefined ? {} : { minItems: shape.atLeast }),
  };
}

function mapSchema(maker: SchemaMaker, shape: MapShape): JsonSchema {
  const { fields, required, names, others } = shape;
  return {
    type: "object",
    ...(fields.size === 0 ? {} : { properties: propertiesOf(maker, fields) }),
    ...(required.length === 0 ? {} : { required }),
    // The language has no map with both fields and a pattern for the other names.
    ...(names === undefined || names.lenient === true
      ? {}
      : { propertyNames: { pattern: names.regex.source } }),
    ...additional(maker, others),
  };
}

function propertiesOf(maker: SchemaMaker, fields: ReadonlyMap<string, Field>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Array.from(fields, ([name, field]) => {
      const schema = shapeSchema(maker, resolved(field.shape));
      const { description } = field;
      // What stands beside a `$ref` is ignored in draft 07.
      return [name, "$ref" in schema ? { description, allOf: [schema] } : { description, ...schema }];
    }),
  );
}

// JSON Schema knows no warnings: what `compile` only warns of passes.
function additional(maker: SchemaMaker, others: MapShape["others"]): JsonSchema {
  if (others === "error") return { additionalProperties: false };
  if (typeof others === "string") return {};
  const schema = shapeSchema(maker, resolved(others));
  return Object.keys(schema).length === 0 ? {} : { additionalProperties: schema };
}
