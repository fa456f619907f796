import type { Client, Finding } from "@fmg/client";

import { CliError } from "../errors.ts";
import { ownVersion } from "../own-version.ts";
import { explain } from "../server-errors.ts";
import type { Server } from "../sign-in.ts";
import type { Check } from "./check.ts";

/** The server as this machine sees it, and then what it and its orchestrators find themselves. */
export async function serverChecks(
  client: Client,
  server: Server,
  mode: "look" | "mend",
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  try {
    checks.push(versionCheck((await client.getServerStatus()).version, server));
    const { orchestrators, findings } = await (mode === "mend" ? client.mend() : client.checkUp());
    checks.push(...findings.map(checkOf));
    if (findings.length === 0) {
      const what = `database, Redis, Docker and GitHub agree (${orchestrators} orchestrators looked)`;
      checks.push({ area: "server", state: "ok", what });
    }
  } catch (thrown) {
    const error = explain(thrown, server);
    if (!(error instanceof CliError)) throw thrown;
    checks.push(refused(error));
  }
  return checks;
}

function versionCheck(version: string, { url }: Server): Check {
  const own = ownVersion();
  const what = `the server at ${url} answers, version ${version}`;
  if (version === own) return { area: "server", state: "ok", what };
  return {
    area: "server",
    state: "wrong",
    what: `${what}, and this fmg is ${own}`,
    cause: "One of them was updated alone.",
    next: "Bring both to one version.",
  };
}

function checkOf({ area, what, cause, next, mending }: Finding): Check {
  return mending === "done"
    ? { area, state: "mended", what, cause }
    : { area, state: "wrong", what, cause, next };
}

function refused({ message, hints, code }: CliError): Check {
  const next = hints.map((hint) => hint.replaceAll(/ {2,}/g, " ")).join("; ");
  const cause =
    code === "not-allowed" ? "The check-up needs a token with the scope admin." : `It is ${code}.`;
  return { area: "server", state: "wrong", what: message, cause, next: next || "Then again:  fmg doctor" };
}
