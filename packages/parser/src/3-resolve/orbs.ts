import type { SourceRange } from "@fmg/core";
import { describeNode, isUnknown, type MapNode } from "../1-read/nodes.ts";
import { readYaml } from "../1-read/read-yaml.ts";
import { rangeOf, type Place } from "../1-read/source-file.ts";
import { checkShape, type ShapeCheck } from "../2-shape/check-shape.ts";
import type { ConfigShape, Elements, OrbShape } from "../2-shape/config-shape.ts";
import { orbSource } from "../2-shape/language/config.ts";
import { readElements } from "../2-shape/read-elements.ts";
import { createDiagnostics, report } from "../diagnostic.ts";
import type { Env, Session } from "../4-expand/env.ts";
import { renderValue } from "../4-expand/render.ts";
import { withContinuationHost } from "./continuation-host.ts";
import type { Scope } from "./scope.ts";

/** A registry orb that the compile needs the source of. */
export interface OrbRef {
  /** As it stands in the config: `circleci/node@7.2.1`, or an address. */
  readonly reference: string;
  /** `circleci/node`. */
  readonly name: string;
  /** `7.2.1`, `7`, `volatile`, `dev:x`; empty for an address. */
  readonly version: string;
  readonly range: SourceRange;
}

/** An orb's source, and the exact version that its reference came to. */
export interface OrbSource {
  readonly source: string;
  readonly resolved?: string;
}

export interface OrbInput {
  readonly orbs?: ReadonlyMap<string, OrbSource | string>;
  readonly unavailableOrbs?: ReadonlyMap<string, string>;
  readonly continuationHost?: string;
}

export interface ResolvedOrbs {
  /** The config's scope, with its orbs. */
  readonly scope: Scope;
  readonly missing: readonly OrbRef[];
  /** Reference → exact reference, for the head of the compiled form. (R-CF-10) */
  readonly resolved: ReadonlyMap<string, string>;
}

interface Resolving {
  readonly session: Session;
  readonly input: OrbInput;
  readonly missing: Map<string, OrbRef>;
  readonly resolved: Map<string, string>;
  /** Every registry orb is read once; "open" while its own orbs are being resolved. */
  readonly scopes: Map<string, Scope | "open">;
}

const noElements: Elements = { commands: new Map(), jobs: new Map(), executors: new Map(), orbs: new Map() };
const noFunctions: ReadonlySet<string> = new Set();
const reference = /^[a-z][a-z0-9_-]*\/[a-z][a-z0-9_-]*@(dev:[.A-Za-z0-9_/-]+|\d+(\.\d+){0,2}|volatile)$/;

/** Makes a scope of the config and of every orb that it reaches. (Section 3.6) */
export function resolveOrbs(session: Session, config: ConfigShape, input: OrbInput): ResolvedOrbs {
  const resolving: Resolving = { session, input, missing: new Map(), resolved: new Map(), scopes: new Map() };
  const scope = { ...scopeOf(resolving, config, undefined, 0), functions: config.functions };
  return { scope, missing: [...resolving.missing.values()], resolved: resolving.resolved };
}

// Orbs in orbs in orbs: a registry embeds what its orbs use, so that real depth is two or three.
const maximumDepth = 20;

function scopeOf(resolving: Resolving, elements: Elements, orb: string | undefined, depth: number): Scope {
  const orbs = new Map<string, Scope>();
  const scope: Scope = { orb, elements, orbs, functions: noFunctions, unavailable: false };
  for (const [alias, entry] of elements.orbs) {
    if (depth > maximumDepth) {
      report(contextOf(resolving), "orb-too-deep", entry.place, "orbs use one another too deeply");
      break;
    }
    orbs.set(alias, resolveOne(resolving, scope, entry, depth + 1));
  }
  return scope;
}

function contextOf(resolving: Resolving): { diagnostics: Session["diagnostics"]; frame: undefined } {
  return { diagnostics: resolving.session.diagnostics, frame: undefined };
}

function resolveOne(resolving: Resolving, scope: Scope, entry: OrbShape, depth: number): Scope {
  const { value } = entry;
  if (value.kind === "map") return inlineOrb(resolving, entry, value, depth);
  const env = envOf(resolving, scope);
  const rendered = value.kind === "scalar" ? renderValue(env, value) : undefined;
  if (rendered?.is !== "scalar" || isUnknown(rendered.node) || rendered.node.type !== "string") {
    if (rendered?.is !== "scalar" || !isUnknown(rendered.node)) {
      const message = `an orb must be a reference such as \`circleci/node@7.2.1\` or a source, not ${describeNode(value)}`;
      report(env, "bad-orb-reference", value, message, { rule: "R-ORB-1" });
    }
    return unavailable(entry.alias);
  }
  const text = rendered.node.text;
  if (!text.startsWith("https://") && !reference.test(text)) {
    report(
      env,
      "bad-orb-reference",
      rendered.node,
      `\`${text}\` is no reference of an orb (the pattern is namespace/orb@version)`,
      {
        hint: "Write an exact version: `circleci/node@7.2.1`.",
      },
    );
    return unavailable(entry.alias);
  }
  return registryOrb(resolving, text, rendered.node, depth);
}

function envOf(resolving: Resolving, scope: Scope): Env {
  return {
    session: resolving.session,
    ...contextOf(resolving),
    scope,
    parameters: undefined,
    matrix: undefined,
    calls: undefined,
  };
}

function unavailable(orb: string): Scope {
  return { orb, elements: noElements, orbs: new Map(), functions: noFunctions, unavailable: true };
}

function inlineOrb(resolving: Resolving, entry: OrbShape, value: MapNode, depth: number): Scope {
  const check: ShapeCheck = { ...contextOf(resolving), templates: true, lax: false };
  checkShape(check, value, orbSource, { what: `the orb \`${entry.alias}\``, rule: "R-ORB-4" });
  return scopeOf(resolving, readElements(check, value), entry.alias, depth);
}

function registryOrb(resolving: Resolving, text: string, place: Place, depth: number): Scope {
  const known = resolving.scopes.get(text);
  if (known === "open") {
    report(contextOf(resolving), "recursive-orb", place, `the orb \`${text}\` uses itself`);
    return unavailable(text);
  }
  if (known !== undefined) return known;
  const given = resolving.input.orbs?.get(text);
  if (given === undefined) return withoutSource(resolving, text, place);
  resolving.scopes.set(text, "open");
  const source = typeof given === "string" ? { source: given } : given;
  const exact = source.resolved ?? text;
  resolving.resolved.set(text, exact);
  const scope = readRegistryOrb(resolving, exact, source.source, place, depth);
  resolving.scopes.set(text, scope);
  return scope;
}

function withoutSource(resolving: Resolving, text: string, place: Place): Scope {
  const reason = resolving.input.unavailableOrbs?.get(text);
  if (reason === undefined) {
    const [name = text, version = ""] = text.startsWith("https://") ? [text] : text.split("@");
    if (!resolving.missing.has(text)) {
      resolving.missing.set(text, { reference: text, name, version, range: rangeOf(place) });
    }
  } else {
    const file = `${text.replace("/", "__")}.yml`;
    report(contextOf(resolving), "orb-unavailable", place, `the orb \`${text}\` cannot be had: ${reason}`, {
      hint: `Vendor it: put its source into a folder as \`${file}\` and name the folder: --orb-dir, on a server FMG_ORBS_DIR.`,
    });
  }
  return unavailable(text);
}

/** Warnings about a published orb are of no use to those who use it; errors are. */
function readRegistryOrb(
  resolving: Resolving,
  name: string,
  source: string,
  place: Place,
  depth: number,
): Scope {
  const quiet = createDiagnostics({
    maximum: resolving.session.diagnostics.maximum,
    strict: false,
    mainFile: "",
  });
  const root = readYaml({ diagnostics: quiet, frame: undefined }, name, source, resolving.session.limits);
  const check: ShapeCheck = { diagnostics: quiet, frame: undefined, templates: true, lax: true };
  if (root !== undefined)
    checkShape(check, root, orbSource, { what: `the orb \`${name}\``, rule: "R-ORB-4" });
  const read = root === undefined ? noElements : readElements(check, root);
  const host = resolving.input.continuationHost;
  const elements = host === undefined ? read : withContinuationHost(name, read, host);
  if (quiet.errors > 0) {
    for (const { diagnostic, place: where } of quiet.found) {
      if (diagnostic.severity === "error")
        report(contextOf(resolving), "bad-orb", where, diagnostic.message, {
          rule: diagnostic.rule ?? "R-ORB-4",
        });
    }
    report(contextOf(resolving), "bad-orb", place, `the source of the orb \`${name}\` has mistakes`);
  }
  return scopeOf(resolving, elements, name, depth);
}
