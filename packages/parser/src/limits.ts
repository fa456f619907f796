/** Bounds on what a config may cost. Reaching one is a diagnostic, never a crash. (SEC-11) */
export interface Limits {
  /** Characters of one source text. */
  readonly sourceCharacters: number;
  /** Levels of lists and maps in a source, aliases included. */
  readonly nesting: number;
  /** Nodes of a source after its aliases and merges are expanded. (R-YAML-5) */
  readonly expandedNodes: number;
  /** Nodes and characters that templates, commands and matrices may produce together. */
  readonly outputNodes: number;
  readonly outputCharacters: number;
  /** Commands calling commands. (R-STEP-7) */
  readonly callDepth: number;
  /** Jobs of one matrix. (R-MTX-7) */
  readonly matrixJobs: number;
  /** Jobs of one workflow. (Section 11) */
  readonly workflowJobs: number;
  /** Tasks of one job. (R-PAR-5) */
  readonly parallelism: number;
  readonly diagnostics: number;
}

export const defaultLimits: Limits = {
  sourceCharacters: 8 * 1024 * 1024,
  nesting: 100,
  expandedNodes: 100_000,
  outputNodes: 2_000_000,
  // CircleCI refuses a compiled config of more than 8 MB.
  outputCharacters: 8 * 1024 * 1024,
  callDepth: 100,
  matrixJobs: 10_000,
  workflowJobs: 1_000,
  parallelism: 100,
  diagnostics: 1_000,
};
