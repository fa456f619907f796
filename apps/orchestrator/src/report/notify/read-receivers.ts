import { BlockList, isIP } from "node:net";
import { FmgError, Secret } from "@fmg/core";
import { Type, type Static, type TSchema } from "typebox";
import { Value } from "typebox/value";
import { readPrivateFile } from "../../run/private-file.ts";
import type { NotifySettings, Receiver } from "./receivers.ts";

const SETTING = "FMG_NOTIFY_FILE";

const Patterns = Type.Array(Type.String({ minLength: 1, maxLength: 300 }), { minItems: 1, maxItems: 100 });
const Common = {
  name: Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$" }),
  repos: Type.Optional(Patterns),
  branches: Type.Optional(Patterns),
  workflows: Type.Optional(Patterns),
  on: Type.Optional(Type.Array(Type.Enum(["broken", "fixed"]), { minItems: 1 })),
};
const Url = Type.String({ pattern: "^https?://[^/\\s]+\\S*$", maxLength: 2000 });
const closed = { additionalProperties: false };
const shapes = {
  webhook: Type.Object(
    { ...Common, kind: Type.Literal("webhook"), url: Url, secret: Type.String({ minLength: 16 }) },
    closed,
  ),
  slack: Type.Object({ ...Common, kind: Type.Literal("slack"), url: Url }, closed),
  mail: Type.Object(
    {
      ...Common,
      kind: Type.Literal("mail"),
      to: Type.Array(Type.String({ pattern: "^[^\\s@,;<>]+@[^\\s@,;<>]+$" }), { minItems: 1, maxItems: 50 }),
    },
    closed,
  ),
};
const FileShape = Type.Object(
  {
    receivers: Type.Array(Type.Object({ kind: Type.Enum(["webhook", "slack", "mail"]) })),
    mail: Type.Optional(
      Type.Object(
        { url: Type.String({ pattern: "^smtps?://\\S+$" }), from: Type.String({ minLength: 3 }) },
        closed,
      ),
    ),
    allowNetworks: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);

type Shape = (typeof shapes)[keyof typeof shapes];
type ReceiverEntry = Static<Shape>;

/**
 * Reads who is to hear of workflows that broke or were fixed. Others than the file's owner may not read it, for it has secrets.
 * Throws `settings_invalid` that names the file and the place in it, and never tells what stands there.
 */
export function readReceivers(file: string): NotifySettings {
  const text = readPrivateFile(file, SETTING);
  const given = checked(file, FileShape, parse(file, text), "");
  const receivers = given.receivers.map((entry, index) =>
    receiverOf(checked<Shape>(file, shapes[entry.kind], entry, `/receivers/${index}`)),
  );
  const names = receivers.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw wrong(file, `two receivers are called "${repeated}"`);
  if (given.mail === undefined && receivers.some(({ kind }) => kind === "mail")) {
    throw wrong(file, 'a receiver is of the kind "mail", and "mail" does not say by which server');
  }
  const mail = given.mail && { url: new Secret(given.mail.url), from: given.mail.from };
  return Object.freeze({ receivers, mail, allowed: networksOf(file, given.allowNetworks ?? []) });
}

/** Nobody hears of anything. */
export const nobody: NotifySettings = Object.freeze({
  receivers: [],
  mail: undefined,
  allowed: new BlockList(),
});

function receiverOf(entry: ReceiverEntry): Receiver {
  const interest = {
    repos: entry.repos ?? ["*"],
    refs: entry.branches ?? ["*"],
    workflows: entry.workflows ?? ["*"],
    changes: entry.on ?? ["broken", "fixed"],
  };
  const { name } = entry;
  switch (entry.kind) {
    case "webhook":
      return {
        kind: "webhook",
        name,
        interest,
        url: new Secret(entry.url),
        secret: new Secret(entry.secret),
      };
    case "slack":
      return { kind: "slack", name, interest, url: new Secret(entry.url) };
    case "mail":
      return { kind: "mail", name, interest, to: entry.to };
  }
}

function networksOf(file: string, networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix, ...more] = network.split("/");
    const family = isIP(address);
    const bits = Number(prefix ?? (family === 6 ? 128 : 32));
    if (
      family === 0 ||
      more.length > 0 ||
      !Number.isInteger(bits) ||
      bits < 0 ||
      bits > (family === 6 ? 128 : 32)
    ) {
      throw wrong(file, `"allowNetworks" has "${network}", which is no network as 10.1.0.0/16`);
    }
    list.addSubnet(address, bits, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of the engine quotes the text, and so perhaps a secret.
    throw wrong(file, "it is no JSON");
  }
}

function checked<S extends TSchema>(file: string, shape: S, value: unknown, place: string): Static<S> {
  if (Value.Check(shape, value)) return value;
  const [first] = Value.Errors(shape, value);
  throw wrong(file, `${place}${first?.instancePath ?? ""} ${first?.message ?? "is not as described"}`);
}

function wrong(file: string, what: string): FmgError {
  return new FmgError("settings_invalid", `${SETTING} (${file}): ${what}`);
}
