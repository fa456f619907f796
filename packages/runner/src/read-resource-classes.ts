import { readFileSync } from "node:fs";
import { FmgError, type Demand } from "@fmg/core";
import { builtInClasses, type ResourceClasses } from "./resource-classes.ts";

const SETTING = "FMG_RESOURCE_CLASSES_FILE";
const MIB = 2 ** 20;
/** Docker makes no container with less. */
const LEAST_MEMORY = 6 * MIB;

/**
 * Reads the operator's table:
 *
 *     { "default": "tiny", "classes": { "tiny": { "cpus": 0.5, "memory": "512m" }, "large": { "cpus": 6, "memory": "12g" } } }
 *
 * A name of CircleCI's changes what it means here, another is known to configs from then on. Throws `settings_invalid` that
 * names the file and the place in it.
 */
export function readResourceClasses(file: string): ResourceClasses {
  const table = parse(file);
  for (const key of Object.keys(table)) {
    if (key !== "default" && key !== "classes") throw wrong(file, `"${key}" is not one of its keys`);
  }
  const classes = objectOf(file, "classes", table["classes"] ?? {});
  const operators = new Map(
    Object.entries(classes).map(([name, value]): [string, Demand] => [name, sizeOf(file, name, value)]),
  );
  const fallback = table["default"] ?? builtInClasses.default;
  if (typeof fallback !== "string" || fallback === "") throw wrong(file, '"default" must name a class');
  if (fallback !== builtInClasses.default && !operators.has(fallback)) {
    throw wrong(file, `"default" is "${fallback}", which is not in "classes"`);
  }
  return { default: fallback, operators, operatorNames: [...operators.keys()] };
}

function parse(file: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(file, "the file", JSON.parse(readFileSync(file, "utf8")));
  } catch (thrown) {
    if (thrown instanceof FmgError) throw thrown;
    throw wrong(file, Error.isError(thrown) ? thrown.message : String(thrown));
  }
}

function sizeOf(file: string, name: string, value: unknown): Demand {
  if (!/^[\w.+/-]{1,100}$/.test(name)) throw wrong(file, `"${name}" is not a name for a class`);
  const { cpus, memory, ...rest } = objectOf(file, `classes.${name}`, value);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw wrong(file, `classes.${name} has a key "${unknown}"; it takes cpus and memory`);
  if (typeof cpus !== "number" || !(cpus >= 0.01 && cpus <= 1024)) {
    throw wrong(
      file,
      `classes.${name}.cpus is ${JSON.stringify(cpus)}, but must be a number from 0.01 to 1024`,
    );
  }
  return { cpus, memoryBytes: memoryOf(file, name, memory) };
}

function memoryOf(file: string, name: string, memory: unknown): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([mg])$/.exec(typeof memory === "string" ? memory : "") ?? [];
  const bytes = Math.floor(Number(count) * (unit === "g" ? 1024 : 1) * MIB);
  if (bytes >= LEAST_MEMORY) return bytes;
  const expected = 'a size as "512m" or "4g", 6m at least';
  throw wrong(file, `classes.${name}.memory is ${JSON.stringify(memory)}, but must be ${expected}`);
}

function objectOf(file: string, what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw wrong(file, `${what} must be an object`);
}

function wrong(file: string, what: string): FmgError {
  return new FmgError("settings_invalid", `${SETTING} (${file}): ${what}`);
}
