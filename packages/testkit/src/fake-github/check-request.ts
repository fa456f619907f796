import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { openapiFile } from "./cut-openapi.ts";

interface CutOperation {
  readonly id: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly status: number;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query";
    readonly required: boolean;
    readonly schema: object;
  }[];
  readonly body?: object;
  readonly reply?: object;
}

export interface CheckedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One operation of GitHub's API that FMG calls, with the check of its requests and answers. */
export interface Operation {
  readonly id: string;
  readonly method: "GET" | "POST";
  /** With `:name` for parameters. */
  readonly route: string;
  readonly status: number;
  /** What does not fit GitHub's description; empty when all does. */
  violationsOf(request: CheckedRequest): string[];
  /** Throws when our own answer does not fit the description: the fake would be wrong. */
  assertReply(reply: unknown): void;
}

/** The operations in openapi.json. */
export function loadOperations(): Operation[] {
  const { operations } = JSON.parse(readFileSync(openapiFile, "utf8")) as { operations: CutOperation[] };
  const ajv = new Ajv({ allErrors: true, coerceTypes: true, strict: false });
  addFormats.default(ajv);
  return operations.map((operation) => compileOperation(ajv, operation));
}

function compileOperation(ajv: Ajv, operation: CutOperation): Operation {
  const params = ajv.compile(parameterSchema(operation, "path"));
  const query = ajv.compile(parameterSchema(operation, "query"));
  // GitHub overlooks what it does not know; here it is a misspelt field.
  const body = operation.body && ajv.compile({ ...operation.body, additionalProperties: false });
  const reply = operation.reply && ajv.compile(operation.reply);
  return {
    id: operation.id,
    method: operation.method,
    route: operation.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    status: operation.status,
    violationsOf: (request) => [
      ...headerViolations(request, operation.body !== undefined),
      ...problems("path", params, { ...request.params }),
      ...problems("query", query, { ...request.query }),
      ...(body ? problems("body", body, request.body) : []),
    ],
    assertReply(value) {
      const wrong = reply ? problems("reply", reply, value) : [];
      if (wrong.length > 0)
        throw new Error(`the fake GitHub's answer to ${operation.id} is wrong: ${wrong.join("; ")}`);
    },
  };
}

function parameterSchema({ parameters }: CutOperation, place: "path" | "query"): object {
  const here = parameters.filter((parameter) => parameter.in === place);
  return {
    type: "object",
    properties: Object.fromEntries(here.map(({ name, schema }) => [name, schema])),
    required: here.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

function problems(place: string, validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = "additionalProperty" in params ? ` (${String(params["additionalProperty"])})` : "";
    return `${place}${instancePath} ${message}${extra}`;
  });
}

function headerViolations({ headers }: CheckedRequest, hasBody: boolean): string[] {
  const found: string[] = [];
  const accept = String(headers["accept"] ?? "");
  if (!/^(application\/vnd\.github(\.[\w-]+)?\+json|application\/json)\b/.test(accept)) {
    found.push(`accept is "${accept}", but GitHub asks for application/vnd.github+json`);
  }
  // GitHub answers 403 without one.
  if (!headers["user-agent"]) found.push("user-agent is missing");
  if (hasBody && !/^application\/json\b/.test(String(headers["content-type"] ?? ""))) {
    found.push(`content-type is "${String(headers["content-type"])}", not application/json`);
  }
  const version = headers["x-github-api-version"];
  if (version !== undefined && !/^20\d\d-\d\d-\d\d$/.test(String(version))) {
    found.push(`x-github-api-version is "${String(version)}", not a date`);
  }
  return found;
}
