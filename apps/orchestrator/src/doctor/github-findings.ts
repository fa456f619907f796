import { lastStatuses, quietUntil, sayAgain, type LastStatus } from "@fmg/db";
import { readStatuses, type GitHub } from "@fmg/github";
import { nudge, type Services } from "../services.ts";
import type { Disagreement } from "./disagreement.ts";

/** As many rows are looked at, newest first, */
const MOST_ROWS = 1000;
/** and so many commits, each of which costs a request of the token's quota. */
const MOST_COMMITS = 50;
const ANSWER_WITHIN_MS = 10_000;

/** Commits that show something else than was said of them last, and statuses that GitHub refused. */
export async function githubFindings(services: Services): Promise<readonly Disagreement[]> {
  const { db, github, now } = services;
  if (github === undefined) return [noToken];
  const quiet = quietUntil(db, "github");
  if (quiet > now()) return [silent(quiet)];
  const last = lastStatuses(db, MOST_ROWS);
  const refused = last.filter(({ status }) => status === "refused").map((row) => refusal(services, row));
  const commits = Map.groupBy(
    last.filter(({ status }) => status === "sent"),
    ({ owner, repo, sha }) => JSON.stringify([owner, repo, sha]),
  );
  const differing: Disagreement[] = [];
  for (const rows of [...commits.values()].slice(0, MOST_COMMITS)) {
    differing.push(...(await compare(services, github, rows)));
    // An ill GitHub is one finding, not one for each commit.
    if (differing.at(-1)?.mend === undefined && differing.length > 0) break;
  }
  return [...refused, ...differing];
}

async function compare(
  services: Services,
  github: GitHub,
  rows: readonly LastStatus[],
): Promise<readonly Disagreement[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const answer = await readStatuses(github, first, AbortSignal.timeout(ANSWER_WITHIN_MS));
  if (answer.kind === "failed") return [unread(answer.message)];
  return rows.flatMap((row) => {
    const shown = answer.newest.get(row.context);
    if (shown?.state === row.state && shown.description === row.description) return [];
    const instead = shown === undefined ? "no such status" : `${shown.state}, "${shown.description ?? ""}"`;
    return [
      {
        area: "github",
        what: `${nameOf(row)} is ${row.state}, "${row.description}", and GitHub shows ${instead}`,
        cause: "Somebody else wrote to this context, or GitHub lost the status.",
        next: "fmg doctor --fix sends it again.",
        mend: () => resend(services, row),
      },
    ];
  });
}

function refusal(services: Services, row: LastStatus): Disagreement {
  return {
    area: "github",
    what: `${nameOf(row)} was refused by GitHub`,
    cause: row.lastError ?? "It gave no reason.",
    next: "Mend what GitHub says, then: fmg doctor --fix sends it again.",
    mend: () => resend(services, row),
  };
}

function resend(services: Services, { id }: LastStatus): void {
  sayAgain(services.db, id, services.now());
  nudge(services, { queue: "statuses", outboxId: 0 });
}

function nameOf({ context, owner, repo, sha, pipelineId }: LastStatus): string {
  return `the status "${context}" of ${owner}/${repo}@${sha.slice(0, 7)} (pipeline ${pipelineId})`;
}

const noToken: Disagreement = {
  area: "github",
  what: "no commit statuses are sent",
  cause: "GITHUB_TOKEN is not set for the orchestrator.",
  next: "Set it to a token that may write commit statuses, and start the orchestrator again.",
};

function silent(until: number): Disagreement {
  return {
    area: "github",
    what: `GitHub asked for silence until ${new Date(until).toISOString()}`,
    cause: "The quota of the token is used up.",
    next: "Nothing is lost: statuses are sent afterwards. Then look again: fmg doctor",
  };
}

function unread(cause: string): Disagreement {
  return {
    area: "github",
    what: "GitHub did not tell what it shows",
    cause,
    next: "See that GITHUB_API_URL and GITHUB_TOKEN are right, and that GitHub is well; then: fmg doctor",
  };
}
