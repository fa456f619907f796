import { routes, type Context, type EncryptionKey, type Route, type Variable } from "@fmg/client";

/** What the fake server keeps of secrets: the values too, which no answer shows. */
export interface FakeSecrets {
  /** By `octo/repo` or `context deploy`, then by name. */
  readonly values: Map<string, Map<string, string>>;
  readonly contexts: Map<string, Context>;
  /** What the key's state is at each look, until the last. */
  readonly keyStates: EncryptionKey[];
}

/** An answer in the shape of its route, or that there is no such thing. */
export type SecretAnswer =
  | { readonly route: Route; readonly body: unknown }
  | { readonly status: number; readonly code: string; readonly detail: string };

export function noSecrets(): FakeSecrets {
  return { values: new Map(), contexts: new Map(), keyStates: [] };
}

const createdAt = "2024-06-01T12:00:00.000Z";

/** Answers requests about secrets; undefined: the request is about something else. */
export function answerSecrets(
  secrets: FakeSecrets,
  method: string,
  path: string,
  body: Record<string, string>,
): SecretAnswer | undefined {
  const [collection, ...words] = path.split("/").map(decodeURIComponent);
  if (collection === "encryption-key") return ofKey(secrets, method);
  if (collection === "projects")
    return ofVariables(secrets, words.slice(0, 2).join("/"), method, words[3], body);
  if (collection !== "contexts") return undefined;
  const [name, part, id] = words;
  if (name === undefined) return ofContexts(secrets, method, body);
  const context = secrets.contexts.get(name);
  if (context === undefined)
    return { status: 404, code: "not-found", detail: `There is no context ${name}.` };
  if (part === "variables") return ofVariables(secrets, `context ${name}`, method, id, body);
  if (part === "restrictions") return ofRestrictions(secrets, context, method, id, body);
  if (method === "DELETE") secrets.contexts.delete(name);
  return { route: routes.getContext, body: context };
}

function ofKey({ keyStates }: FakeSecrets, method: string): SecretAnswer {
  const state = keyStates.length > 1 ? keyStates.shift() : keyStates[0];
  return { route: method === "POST" ? routes.rotateEncryptionKey : routes.getEncryptionKey, body: state };
}

function ofContexts({ contexts }: FakeSecrets, method: string, body: Record<string, string>): SecretAnswer {
  if (method === "GET")
    return { route: routes.listContexts, body: { items: [...contexts.values()], next: null } };
  const name = body["name"]!;
  if (contexts.has(name))
    return { status: 409, code: "conflict", detail: `The context ${name} exists already.` };
  contexts.set(name, { name, createdAt, restrictions: [] });
  return { route: routes.createContext, body: contexts.get(name) };
}

function ofRestrictions(
  { contexts }: FakeSecrets,
  context: Context,
  method: string,
  id: string | undefined,
  body: Record<string, string>,
): SecretAnswer {
  const added = { ...body, id: context.restrictions.length + 1 } as Context["restrictions"][number];
  const restrictions =
    method === "POST"
      ? [...context.restrictions, added]
      : context.restrictions.filter((restriction) => restriction.id !== Number(id));
  contexts.set(context.name, { ...context, restrictions });
  return { route: routes.getContext, body: contexts.get(context.name) };
}

function ofVariables(
  { values }: FakeSecrets,
  owner: string,
  method: string,
  name: string | undefined,
  body: Record<string, string>,
): SecretAnswer {
  const own = values.get(owner) ?? new Map<string, string>();
  values.set(owner, own);
  if (name === undefined) {
    return { route: routes.listVariables, body: { items: [...own].map(asVariable), next: null } };
  }
  if (method === "PUT") own.set(name, body["value"]!);
  const value = own.get(name);
  if (value === undefined) return { status: 404, code: "not-found", detail: `There is no variable ${name}.` };
  if (method === "DELETE") own.delete(name);
  return { route: routes.setVariable, body: asVariable([name, value]) };
}

function asVariable([name, value]: readonly [string, string]): Variable {
  return { name, hint: value.length < 16 ? null : value.slice(-4), createdAt, updatedAt: createdAt };
}
