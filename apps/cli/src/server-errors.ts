import { ConnectionError, ProblemError } from "@fmg/client";

import { CliError } from "./errors.ts";
import { isLoopback, type Server } from "./sign-in.ts";
import { plain } from "./ui.ts";

/** What the client throws, as the command line tells it; anything else comes back as it is. */
export function explain(thrown: unknown, server: Server): unknown {
  if (thrown instanceof ConnectionError) return noAnswer(thrown, server);
  if (thrown instanceof ProblemError) return refused(thrown, server);
  return thrown;
}

function noAnswer(error: ConnectionError, server: Server): CliError {
  const other = "Other server:    fmg --server-url http://host:5000 list, or set FMG_SERVER_URL";
  const start = "Is it running?   In a checkout of FMG, ./scripts/dev_up.sh starts it";
  const hints = isLoopback(server.url) && error.fault === "unreachable" ? [start, other] : [other];
  const code = error.fault === "timeout" ? "timed-out" : "unreachable";
  return new CliError(code, plain(error.message), hints, { cause: error });
}

function refused(error: ProblemError, server: Server): CliError {
  const message = plain(error.message);
  const options = { cause: error };
  const request = `Request id:  ${plain(error.problem.requestId)}, for a search in the server's log`;
  if (error.status === 401) return notSignedIn(server, options);
  if (error.status === 403) return notAllowed(message, server, options);
  if (error.status === 404) return new CliError("not-found", message, [elsewhere(server)], options);
  if (error.status === 409)
    return new CliError("conflict", message, [`Nothing was changed at ${server.url}.`], options);
  if (error.status === 429 || error.status >= 500) {
    const server = `the server could not answer: ${message} (${error.status} ${error.code})`;
    return new CliError("server-error", server, [request], options);
  }
  return new CliError(
    "usage",
    `the server refused: ${message} (${error.status} ${error.code})`,
    [request],
    options,
  );
}

function elsewhere({ url }: Server): string {
  return `That is at ${url}; another server:  --profile <name>, or --server-url <url>`;
}

function notSignedIn(server: Server, options: ErrorOptions): CliError {
  const give = "Sign in:               fmg login, or set FMG_TOKEN, or add --token-file <file>";
  const local = "On the server itself:  set FMG_DATA_DIR to its data directory, where its admin-token is";
  const hints = isLoopback(server.url) ? [give, local] : [give];
  if (server.token !== undefined) {
    return new CliError(
      "not-signed-in",
      `the server at ${server.url} does not know the token from ${server.tokenFrom}`,
      hints,
      options,
    );
  }
  const why = server.tokenFrom === undefined ? "no token was found" : `its token is in ${server.tokenFrom}`;
  return new CliError(
    "not-signed-in",
    `the server at ${server.url} needs a token, and ${why}`,
    hints,
    options,
  );
}

function notAllowed(message: string, server: Server, options: ErrorOptions): CliError {
  const hint = `The token is the one from ${server.tokenFrom ?? "nowhere"}; use one with that scope.`;
  return new CliError("not-allowed", message, [hint], options);
}
