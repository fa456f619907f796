export { compile, type Compilation, type CompileInput } from "./compile.ts";
export { formatDiagnostic } from "./format-diagnostic.ts";
export { diagnosticCodes, type DiagnosticCode } from "./diagnostic-codes.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export type { CompiledConfig, CompiledMap, CompiledValue } from "./print/compiled-config.ts";
export type { OrbRef, OrbSource } from "./3-resolve/orbs.ts";
export type { Diagnostic, PipelinePlan, PipelineValues, SourceRange } from "@fmg/core";
