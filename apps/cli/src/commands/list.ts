import type { Client, Pipeline } from "@fmg/client";
import { boolean, integer, string } from "@oclif/core/flags";

import { CliError } from "../errors.ts";
import { FmgCommand, type Session } from "../fmg-command.ts";
import { pipelineFields, pipelineLine } from "../format.ts";
import { nearest } from "../nearest.ts";
import { formatFlag, linesOf } from "../print-items.ts";

const statuses = [
  "pending",
  "on_hold",
  "queued",
  "running",
  "success",
  "failure",
  "error",
  "canceled",
  "skipped",
] as const;
type Status = (typeof statuses)[number];

/** The server's largest page. */
const maxPage = 100;

/** `fmg list` */
export class List extends FmgCommand {
  static override summary = "Show the newest pipelines, one a line.";
  static override usage =
    "list [--repo <owner/name>] [--branch <name>] [--status <status>] [--mine] [--limit <n> | --all] [--format <template>]";
  static override flags = {
    ...formatFlag,
    repo: string({ helpValue: "<owner/name>", description: "of this repository only" }),
    branch: string({ helpValue: "<name>", description: "of this branch only" }),
    status: string({ helpValue: "<status>", description: `one of ${statuses.join(", ")}` }),
    mine: boolean({ description: "of commits whose author is called like your token" }),
    limit: integer({ helpValue: "<n>", min: 1, description: "how many at most; 20 unless told" }),
    all: boolean({ exclusive: ["limit"], description: "all there are" }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(List);
    const filter = {
      ...(flags.repo === undefined ? {} : { repo: checkedRepo(flags.repo) }),
      ...(flags.branch === undefined ? {} : { branch: flags.branch }),
      ...(flags.status === undefined ? {} : { status: checkedStatus(flags.status) }),
    };
    const limit = flags.all ? Infinity : (flags.limit ?? 20);
    await this.withServer(flags, async (session) => {
      const author = flags.mine ? (await session.client.whoami()).name : undefined;
      await list(session, filter, { limit, author });
    });
  }
}

interface Filter {
  readonly repo?: string;
  readonly branch?: string;
  readonly status?: Status;
}

interface Bounds {
  readonly limit: number;
  /** Only pipelines of commits of this author. */
  readonly author: string | undefined;
}

async function list({ ui, client }: Session, filter: Filter, bounds: Bounds): Promise<void> {
  const view = {
    id: ({ id }: Pipeline) => id,
    row: pipelineFields,
    line: (pipeline: Pipeline) => pipelineLine(pipeline, ui),
  };
  const items: Pipeline[] = [];
  let next: string | null = null;
  let count = 0;
  for await (const page of pages(client, filter, bounds)) {
    next = page.next;
    count += page.items.length;
    if (ui.json) items.push(...page.items);
    // A page at a time: --all shows the newest while the rest is still to come.
    else for (const line of linesOf(ui, page.items, view)) await ui.line(line);
  }
  if (ui.json) await ui.document({ items, next });
  else if (count === 0) ui.note(nothingFound({ ...filter, ...bounds }));
}

/** Of an author, pages are looked through: the server does not know who is who. */
async function* pages(client: Client, filter: Filter, { limit, author }: Bounds) {
  let cursor: string | undefined;
  for (let missing = limit; missing > 0;) {
    const query = {
      ...filter,
      limit: author === undefined ? Math.min(missing, maxPage) : maxPage,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await client.listPipelines({ query });
    const items = page.items.filter((each) => isBy(each, author)).slice(0, missing);
    yield { ...page, items };
    if (page.next === null || page.items.length === 0) return;
    missing -= items.length;
    cursor = page.next;
  }
}

function isBy({ commit }: Pipeline, author: string | undefined): boolean {
  return author === undefined || commit.author?.toLowerCase() === author.toLowerCase();
}

function nothingFound({ limit: _limit, author, ...filter }: Filter & Bounds): string {
  return author === undefined && Object.keys(filter).length === 0
    ? "No pipelines yet. Push to a connected repository."
    : "No pipeline matches. All of them: fmg list --all";
}

function checkedRepo(repo: string): string {
  if (/^[^/]+\/[^/]+$/.test(repo)) return repo;
  throw new CliError("usage", `"${repo}" is not a repository`, [
    "Its form is owner/name:  fmg list --repo octo/repo",
  ]);
}

function checkedStatus(text: string): Status {
  const status = statuses.find((known) => known === text.toLowerCase());
  if (status !== undefined) return status;
  const guess = nearest(text, statuses);
  throw new CliError("usage", `"${text}" is no status of a pipeline`, [
    ...(guess === undefined ? [] : [`Did you mean:  fmg list --status ${guess}`]),
    `All statuses:  ${statuses.join(", ")}`,
  ]);
}
