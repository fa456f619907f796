import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/*
 * Cuts the operations that FMG calls out of GitHub's published OpenAPI description into openapi.json. Run it after an
 * update of @octokit/openapi: node packages/testkit/src/fake-github/cut-openapi.ts
 */

/** What the fake GitHub answers; everything else is a violation. `reply`: whether its success answer is kept too. */
const called = [
  { method: "post", path: "/repos/{owner}/{repo}/statuses/{sha}", status: 201, reply: true },
  { method: "get", path: "/repos/{owner}/{repo}/commits/{ref}/statuses", status: 200, reply: true },
  { method: "get", path: "/repos/{owner}/{repo}", status: 200, reply: false },
] as const;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** The text of openapi.json for the installed version of @octokit/openapi. */
export async function cutOpenapi(): Promise<string> {
  const require = createRequire(import.meta.url);
  const description = await readJson(require.resolve("@octokit/openapi/generated/api.github.com.json"));
  const { version } = (await readJson(require.resolve("@octokit/openapi/package.json"))) as {
    version: string;
  };
  const operations = called.map(({ method, path, status, reply }) => {
    const operation = at(description, "paths", path, method);
    const parameters = list(operation["parameters"]).map((parameter) => {
      const { name, in: place, required = false, schema } = resolve(description, parameter);
      return { name: name!, in: place!, required, schema: cutSchema(description, schema!) };
    });
    return {
      id: operation["operationId"]!,
      method: method.toUpperCase(),
      path,
      status,
      parameters,
      ...(operation["requestBody"] === undefined
        ? {}
        : { body: cutSchema(description, jsonSchemaOf(operation["requestBody"])) }),
      ...(reply
        ? { reply: cutSchema(description, jsonSchemaOf(at(operation, "responses", String(status)))) }
        : {}),
    };
  });
  return `${JSON.stringify({ source: `@octokit/openapi ${version}, api.github.com.json`, operations }, null, 1)}\n`;
}

async function readJson(file: string): Promise<JsonObject> {
  return JSON.parse(await readFile(file, "utf8")) as JsonObject;
}

function at(from: Json, ...keys: readonly string[]): JsonObject {
  let value = from;
  for (const key of keys) {
    const next = isObject(value) ? value[key] : undefined;
    if (next === undefined) throw new Error(`GitHub's description has no ${keys.join(" ")}`);
    value = next;
  }
  if (!isObject(value)) throw new Error(`${keys.join(" ")} is not an object in GitHub's description`);
  return value;
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function resolve(description: JsonObject, value: Json): JsonObject {
  if (!isObject(value)) throw new Error("an object was expected in GitHub's description");
  const reference = value["$ref"];
  if (typeof reference !== "string") return value;
  return at(description, ...reference.replace(/^#\//, "").split("/"));
}

function jsonSchemaOf(content: Json): Json {
  return at(content, "content", "application/json")["schema"]!;
}

const prose = new Set(["description", "example", "examples", "title"]);

/** The schema with its references filled in, without prose, and with OpenAPI 3.0's `nullable` as JSON Schema says it. */
function cutSchema(description: JsonObject, schema: Json): JsonObject {
  const { nullable, ...rest } = resolve(description, schema);
  const cut: JsonObject = {};
  for (const [key, value] of Object.entries(rest)) {
    if (prose.has(key) || key.startsWith("x-")) continue;
    if (key === "properties") {
      const properties = Object.entries(value as JsonObject);
      cut[key] = Object.fromEntries(properties.map(([name, sub]) => [name, cutSchema(description, sub)]));
    } else if (key === "items" || (key === "additionalProperties" && isObject(value))) {
      cut[key] = cutSchema(description, value);
    } else if (Array.isArray(value) && (key === "oneOf" || key === "anyOf" || key === "allOf")) {
      cut[key] = value.map((sub) => cutSchema(description, sub));
    } else cut[key] = value;
  }
  if (nullable === true && typeof cut["type"] === "string") cut["type"] = [cut["type"], "null"];
  return cut;
}

export const openapiFile = fileURLToPath(new URL("openapi.json", import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(openapiFile, await cutOpenapi());
