import { Octokit } from "@octokit/rest";
import type { Secret } from "@fmg/core";

/** GitHub's REST API, signed in. */
export interface GitHub {
  readonly rest: Octokit["rest"];
}

/** A client of the GitHub at `apiUrl`. It sends nothing by itself, retries nothing, and prints nothing. */
export function createGitHub(settings: { readonly apiUrl: string; readonly token: Secret }): GitHub {
  const silent = (): void => undefined;
  return new Octokit({
    baseUrl: settings.apiUrl.replace(/\/+$/, ""),
    auth: settings.token.reveal(),
    userAgent: "fmg",
    // The caller logs what it handles; Octokit would write to the console by itself.
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
}
