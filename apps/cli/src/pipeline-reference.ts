import { CliError } from "./errors.ts";

/** How a person names a pipeline: by its number, or the newest one (of a branch). */
export type PipelineReference =
  | { readonly kind: "id"; readonly id: number }
  | { readonly kind: "latest"; readonly branch: string | undefined };

/** Reads `5`, `#5`, `latest`, `latest@main` or the address of a pipeline's page; throws CliError `usage` otherwise. */
export function readPipelineReference(text: string): PipelineReference {
  const latest = /^latest(?:@(.+))?$/.exec(text);
  if (latest !== null) return { kind: "latest", branch: latest[1] };
  const digits = /^#?(\d+)$/.exec(text)?.[1] ?? idInAddress(text);
  const id = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(id) || id < 1) {
    throw new CliError("usage", `"${text}" names no pipeline`, [
      "A pipeline is a number, latest, latest@<branch> or its page's address:  fmg logs 5",
      "All pipelines:  fmg list",
    ]);
  }
  return { kind: "id", id };
}

function idInAddress(text: string): string | undefined {
  if (!/^https?:\/\//.test(text)) return undefined;
  return /\/p\/(\d+)(?:\/|$)/.exec(URL.parse(text)?.pathname ?? "")?.[1];
}
