import { problems, type Problem, type ProblemCode } from "@fmg/client";

/** A refusal with a code of the contract; the error handler makes a problem document of it. */
export class ProblemDetail extends Error {
  readonly code: ProblemCode;

  /** `detail` says what is wrong and what to do, without secrets. */
  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.name = "ProblemDetail";
    this.code = code;
  }
}

export const problemType = "application/problem+json";

/** The document of a refusal. (RFC 9457) */
export function problemDocument(
  code: ProblemCode,
  about: { readonly detail?: string | undefined; readonly instance?: string; readonly requestId: string },
): Problem {
  const { status, title } = problems[code];
  return {
    type: `urn:fmg:problem:${code}`,
    title,
    status,
    code,
    ...(about.detail === undefined ? {} : { detail: about.detail }),
    ...(about.instance === undefined ? {} : { instance: about.instance }),
    requestId: about.requestId,
  };
}
