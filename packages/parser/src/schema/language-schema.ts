import { config } from "../2-shape/language/config.ts";
import { invocation, invocationEntry, workflow } from "../2-shape/language/jobs.ts";
import { builtInSteps, step } from "../2-shape/language/steps.ts";
import { choice, mapOf, nothing, resolved, type Shape } from "../2-shape/shape.ts";
import { shapeSchema, template, type JsonSchema, type NamedShape, type SchemaMaker } from "./shape-schema.ts";

export type { JsonSchema } from "./shape-schema.ts";

/**
 * A JSON Schema (draft 07) of the language for editors, made of the same shapes that `compile` checks with. It describes
 * version 2.1; of an older config it says little. Names, templates and types of arguments are `compile`'s to check.
 */
export function languageSchema(): JsonSchema {
  const maker: SchemaMaker = { named, definitions: new Map() };
  const whole = shapeSchema(maker, config);
  const { properties, ...rest } = whole as JsonSchema & { properties: Record<string, JsonSchema> };
  const language: JsonSchema = {
    ...rest,
    properties: {
      ...properties,
      version: { enum: [2.1, "2.1"], description: properties["version"]!["description"] },
      workflows: { ...properties["workflows"], ...workflowsSchema(maker) },
    },
  };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "CI configuration: .circleci/config.yml",
    type: "object",
    required: ["version"],
    // Version 2 ignores keys that it does not know and has no templates.
    if: { properties: { version: { enum: [2, "2", "2.0"] } }, required: ["version"] },
    else: language,
    definitions: { template, ...Object.fromEntries(maker.definitions) },
  };
}

/** Every workflow but the key `version`, which older configs have there. */
function workflowsSchema(maker: SchemaMaker): JsonSchema {
  const workflows = shapeSchema(maker, choice(nothing, mapOf(workflow)));
  return {
    anyOf: (workflows["anyOf"] as JsonSchema[]).map((option) =>
      option["type"] === "object" ? { ...option, properties: { version: true } } : option,
    ),
  };
}

/** Shapes that the language names: they are used in several places, or in themselves. */
const named: ReadonlyMap<Shape, NamedShape> = new Map<Shape, NamedShape>([
  [step, { name: "step", schema: stepSchema }],
  [invocationEntry, { name: "invocation", schema: invocationSchema }],
]);

function stepSchema(maker: SchemaMaker): JsonSchema {
  const steps = [...builtInSteps].map(([name, shape]) => ({ name, shape: resolved(shape) }));
  const bare = steps.filter(({ shape }) => shape.is === "choice" && shape.scalar?.types.includes("null"));
  return {
    anyOf: [
      { enum: bare.map(({ name }) => name) },
      // A command's name; those of steps with a body need one.
      {
        type: "string",
        not: { enum: steps.filter((entry) => !bare.includes(entry)).map(({ name }) => name) },
      },
      {
        type: "object",
        properties: Object.fromEntries(steps.map(({ name, shape }) => [name, shapeSchema(maker, shape)])),
        minProperties: 1,
        maxProperties: 1,
      },
    ],
  };
}

function invocationSchema(maker: SchemaMaker): JsonSchema {
  return {
    anyOf: [
      { type: ["string", "number", "boolean"] },
      {
        type: "object",
        additionalProperties: { anyOf: [{ type: "null" }, shapeSchema(maker, invocation)] },
        minProperties: 1,
        maxProperties: 1,
      },
    ],
  };
}
