import { CliError } from "./errors.ts";

/** How a person names a pipeline: by its number, the beginning of its commit or uuid, or as the newest (of a branch). */
export type PipelineReference =
  | { readonly kind: "id"; readonly id: number; readonly job?: string }
  | { readonly kind: "beginning"; readonly text: string }
  | { readonly kind: "latest"; readonly branch: string | undefined };

/** Fewer digits would mean many commits; a number alone is a pipeline's. */
const beginningPattern = /^(?=.*[a-f-])[0-9a-f]{7,}(?:-[0-9a-f-]*)?$/;

/**
 * Reads `5`, `#5`, `latest`, `latest@main`, the address of a pipeline's or a job's page, or 7 digits of a commit or more;
 * throws CliError `usage` otherwise.
 */
export function readPipelineReference(text: string): PipelineReference {
  const latest = /^latest(?:@(.+))?$/.exec(text);
  if (latest !== null) return { kind: "latest", branch: latest[1] };
  if (beginningPattern.test(text)) return { kind: "beginning", text };
  const page = pageInAddress(text);
  const digits = /^#?(\d+)$/.exec(text)?.[1] ?? page?.id;
  const id = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(id) || id < 1) {
    throw new CliError("usage", `"${text}" names no pipeline`, [
      "A pipeline is a number, latest, latest@<branch>, its page's address, or 7 digits of its commit:  fmg logs 5",
      "All pipelines:  fmg list",
    ]);
  }
  return { kind: "id", id, ...(page?.job === undefined ? {} : { job: page.job }) };
}

/** Of `/p/5` and of `/p/5/j/test/2`, which is the second attempt of a job: `test:2`. */
function pageInAddress(text: string): { readonly id: string; readonly job?: string } | undefined {
  if (!/^https?:\/\//.test(text)) return undefined;
  const path = URL.parse(text)?.pathname ?? "";
  const [, id, job, attempt] = /\/p\/(\d+)(?:\/j\/([^/]+)(?:\/(\d+))?)?(?:\/|$)/.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (job === undefined) return { id };
  return { id, job: `${decoded(job)}${attempt === undefined ? "" : `:${attempt}`}` };
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    // A stray percent sign: the word as it stands.
    return word;
  }
}
