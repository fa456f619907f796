import { jobCases } from "./jobs.cases.ts";
import { reuseCases } from "./reuse.cases.ts";
import type { RuleCase } from "./rule-case.ts";
import { templateCases } from "./templates.cases.ts";
import { workflowCases } from "./workflows.cases.ts";
import { yamlCases } from "./yaml.cases.ts";

/** Every table of cases, by its heading. */
export const allCases: Readonly<Record<string, readonly RuleCase[]>> = {
  "reading YAML, versions and top-level keys": yamlCases,
  "templates, scopes, expressions and conditions": templateCases,
  "parameters, commands, executors and orbs": reuseCases,
  "matrices, names, requirements, filters and groups": workflowCases,
  "jobs, steps and the compiled form": jobCases,
};
