import type { Diagnostic, PipelinePlan, Reason } from "@fmg/core";
import { withOrbs } from "@fmg/parser/node";
import { continuationHost, unsupportedFeatures } from "@fmg/runner";
import type { Services } from "../services.ts";
import type { CompileRequest } from "./config-compiler.ts";

/** A plan that can be carried out here. */
export interface CompiledText {
  readonly kind: "compiled";
  readonly plan: PipelinePlan;
  readonly warnings: readonly Diagnostic[];
}

export interface Rejected {
  readonly kind: "rejected";
  readonly reason: Extract<Reason, "config_invalid" | "config_missing" | "clone_failed">;
  readonly message: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles a config with its orbs, in the compiler's thread, and checks it against what this host can do. */
export async function compileText(
  services: Services,
  request: Omit<CompileRequest, "resourceClasses" | "continuationHost" | "orbs" | "unavailableOrbs">,
  signal: AbortSignal,
): Promise<CompiledText | Rejected> {
  const { operatorNames: resourceClasses } = services.settings.resourceClasses;
  const compilation = await withOrbs(
    (sought) => services.compiler.compile({ ...request, resourceClasses, continuationHost, ...sought }),
    services.orbs,
    signal,
  );
  if (compilation === "too-expensive") {
    return rejected("config_invalid", `${request.file} took too much time or memory to compile`);
  }
  switch (compilation.kind) {
    case "rejected":
      return rejectedBy(compilation.diagnostics);
    case "compiled": {
      const unsupported = unsupportedFeatures(compilation.plan, services.settings.hostOffers);
      if (unsupported.length > 0) return rejectedBy(unsupported);
      return { kind: "compiled", plan: compilation.plan, warnings: compilation.warnings };
    }
  }
}

export function rejected(reason: Rejected["reason"], message: string): Rejected {
  return { kind: "rejected", reason, message, diagnostics: [] };
}

function rejectedBy(diagnostics: readonly Diagnostic[]): Rejected {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const first = errors[0];
  if (first === undefined) throw new Error("a rejected config has no error");
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return { kind: "rejected", reason: "config_invalid", message: `${first.message}${more}`, diagnostics };
}
