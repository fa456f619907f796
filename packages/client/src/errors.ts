import type { Problem } from "./contract/problem.ts";

/** The server answered, and said no: a problem document. */
export class ProblemError extends Error {
  readonly problem: Problem;
  /** Stable: `not-found`, `unauthorized`. */
  readonly code: string;
  readonly status: number;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "ProblemError";
    this.problem = problem;
    this.code = problem.code;
    this.status = problem.status;
  }
}

/** Why there was no answer: nobody listens, nobody answered in time, or what answered is not FMG. */
export type ConnectionFault = "unreachable" | "timeout" | "not-fmg";

/** The server did not answer as FMG does. `message` names the server; `detail` says what was seen. */
export class ConnectionError extends Error {
  readonly fault: ConnectionFault;
  readonly detail: string;

  constructor(fault: ConnectionFault, serverUrl: string, detail: string, options?: { cause?: unknown }) {
    super(`${faults[fault]} ${serverUrl} (${detail})`, options);
    this.name = "ConnectionError";
    this.fault = fault;
    this.detail = detail;
  }
}

const faults: Readonly<Record<ConnectionFault, string>> = {
  unreachable: "cannot reach the FMG server at",
  timeout: "no answer in time from the FMG server at",
  "not-fmg": "this is not an FMG server:",
};
