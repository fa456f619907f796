import type { Elements, ElementKind, ElementShape } from "../2-shape/config-shape.ts";
import { closestOf, didYouMean } from "../did-you-mean.ts";

/** Where names are looked up: the config, or one orb. Each sees its own elements and its own orbs only. (R-ORB-5) */
export interface Scope {
  /** The orb's reference or alias; undefined for the config. */
  readonly orb: string | undefined;
  readonly elements: Elements;
  readonly orbs: ReadonlyMap<string, Scope>;
  /** Names of declared functions; they cannot be used. (R-TOP-6) */
  readonly functions: ReadonlySet<string>;
  /** Its source could not be had: names in it are not complained about. */
  readonly unavailable: boolean;
}

export type Found = { readonly element: ElementShape; readonly scope: Scope };

export interface Missing {
  readonly message: string;
  readonly hint: string | undefined;
  readonly code: "unknown-element" | "unknown-orb" | "bad-alias";
  /** True when an orb that could not be had may have defined it. */
  readonly excused: boolean;
}

/** Finds a command, a job or an executor by the name that is used for it in a scope. (R-STEP-2, R-ORB-6) */
export function findElement(scope: Scope, kind: ElementKind, name: string): Found | Missing {
  const local = mapOfKind(scope.elements, kind).get(name);
  if (local === undefined) return findInOrb(scope, kind, name);
  return local.alias === undefined ? { element: local, scope } : followAlias(scope, local, local.alias.text);
}

/** Tells a find from a miss. */
export function isFound(result: Found | Missing): result is Found {
  return "element" in result;
}

function findInOrb(scope: Scope, kind: ElementKind, name: string): Found | Missing {
  const parts = name.split("/");
  if (parts.length === 1) {
    return missing(`Cannot find a definition for ${kind} named ${name}`, hintFor(scope, kind, name));
  }
  const [alias, element] = parts as [string, string];
  if (parts.length > 2) {
    const message = `Cannot find a definition for ${kind} named ${name}: a name has at most one slash`;
    return missing(message, undefined);
  }
  const orb = scope.orbs.get(alias);
  if (orb === undefined) {
    const message = `Cannot find orb '${alias}' looking for ${kind} named '${name}'`;
    return { message, hint: didYouMean(alias, scope.orbs.keys()), code: "unknown-orb", excused: false };
  }
  const found = mapOfKind(orb.elements, kind).get(element);
  if (found === undefined) {
    const message = `Cannot find a definition for ${kind} named ${name}`;
    return { ...missing(message, hintInOrb(orb, kind, alias, element)), excused: orb.unavailable };
  }
  if (found.alias === undefined) return { element: found, scope: orb };
  return followAlias(orb, found, found.alias.text);
}

// An alias names an orb's element; an executor's may also name a local executor. (R-TOP-2)
function followAlias(scope: Scope, element: ElementShape, target: string): Found | Missing {
  const local = element.kind === "executor" ? scope.elements.executors.get(target) : undefined;
  if (local !== undefined && local.alias === undefined) return { element: local, scope };
  if (!/^[^/]+\/[^/]+$/.test(target)) {
    const message = `the alias \`${element.name}: ${target}\` names no orb's ${element.kind}`;
    return {
      message,
      hint: `Write \`orb/${element.kind}\`, or a definition.`,
      code: "bad-alias",
      excused: false,
    };
  }
  const [alias, name] = target.split("/") as [string, string];
  const orb = scope.orbs.get(alias);
  const found = orb === undefined ? undefined : mapOfKind(orb.elements, element.kind).get(name);
  if (orb !== undefined && found !== undefined && found.alias === undefined)
    return { element: found, scope: orb };
  return findInOrb(
    { ...scope, orbs: orb === undefined ? scope.orbs : new Map([[alias, orb]]) },
    element.kind,
    target,
  );
}

function missing(message: string, hint: string | undefined): Missing {
  return { message, hint, code: "unknown-element", excused: false };
}

const mostNamed = 12;

function hintInOrb(orb: Scope, kind: ElementKind, alias: string, element: string): string {
  const known = [...mapOfKind(orb.elements, kind).keys()];
  const near = closestOf(element, known);
  if (near !== undefined) return `Did you mean \`${alias}/${near}\`?`;
  if (known.length === 0) return `The orb \`${alias}\` has no ${kind}s.`;
  const more = known.length > mostNamed ? ` and ${known.length - mostNamed} more` : "";
  return `The ${kind}s of the orb \`${alias}\` are ${known.slice(0, mostNamed).join(", ")}${more}.`;
}

function hintFor(scope: Scope, kind: ElementKind, name: string): string | undefined {
  const inOrbs = [...scope.orbs].flatMap(([alias, orb]) =>
    [...mapOfKind(orb.elements, kind).keys()].map((element) => `${alias}/${element}`),
  );
  const near = didYouMean(name, [...mapOfKind(scope.elements, kind).keys(), ...inOrbs]);
  if (near !== undefined) return near;
  const other = inOrbs.find((candidate) => candidate.endsWith(`/${name}`));
  if (other !== undefined) return `Did you mean \`${other}\`?`;
  if (kind === "command" && scope.elements.jobs.has(name))
    return `\`${name}\` is a job; a step cannot be a job.`;
  return undefined;
}

function mapOfKind(elements: Elements, kind: ElementKind): ReadonlyMap<string, ElementShape> {
  if (kind === "command") return elements.commands;
  return kind === "job" ? elements.jobs : elements.executors;
}
