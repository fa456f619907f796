export { compile, type Compilation, type CompileInput } from "./compile.ts";
export { formatDiagnostic, type FormatOptions } from "./format-diagnostic.ts";
export { formatPretty, type PrettyOptions } from "./report/pretty.ts";
export { formatJson } from "./report/json.ts";
export { formatSarif, type SarifOptions } from "./report/sarif.ts";
export { formatGitHub } from "./report/github.ts";
export { declaredParameters } from "./declared-parameters.ts";
export { continuationArguments, overridingArguments } from "./continuation-arguments.ts";
export { typedArguments } from "./typed-arguments.ts";
export { explain, type ExplainQuery } from "./explain/explain.ts";
export type {
  ArgumentTrail,
  CallTrail,
  ConditionTrail,
  Explanation,
  NamedValue,
  StepTrail,
} from "./explain/explanation.ts";
export { formatExplanation } from "./explain/format-explanation.ts";
export { languageSchema, type JsonSchema } from "./schema/language-schema.ts";
export { countDiagnostics, type DiagnosticCounts } from "./report/count.ts";
export { diagnosticCodes, type DiagnosticCode } from "./diagnostic-codes.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export type { CompiledConfig, CompiledMap, CompiledValue } from "./print/compiled-config.ts";
export type { OrbRef, OrbSource } from "./3-resolve/orbs.ts";
export type { Diagnostic, PipelinePlan, PipelineValues, SourceRange } from "@fmg/core";
export { printConfig } from "./print/print-config.ts";
export {
  expressionFault,
  expressionHolds,
  nameMatches,
  patternFault,
  type RestrictionValues,
  type Verdict,
} from "./restriction.ts";
