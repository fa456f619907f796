import type { Cache, Client } from "@fmg/client";
import { integer } from "@oclif/core/args";

import { CliError } from "../../errors.ts";
import { FmgCommand } from "../../fmg-command.ts";
import { bytesText } from "../../format.ts";
import { assertConfirmed } from "../../prompts.ts";
import { yesFlag } from "../../secrets/flags.ts";
import { repoFlag, repositoryMeant } from "../../secrets/repository.ts";
import { cacheFlags, findCaches, type CachesWanted } from "./found-caches.ts";

/** `fmg cache delete` */
export class DeleteCaches extends FmgCommand {
  static override summary = "Forget a cache, or those of a repository whose keys begin so or that are old.";
  static override usage =
    "cache delete [id] [--repo <owner/name>] [--key <prefix>] [--older-than <time>] [--yes]";
  static override args = {
    id: integer({ min: 1, ignoreStdin: true, description: "a number of fmg cache list" }),
  };
  static override flags = { ...repoFlag, ...cacheFlags, ...yesFlag };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(DeleteCaches);
    await this.withServer(flags, async ({ ui, client }) => {
      const found = await cachesMeant(client, args.id, flags);
      const bytes = found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const what = args.id === undefined ? `${countOf(found)} (${bytesText(bytes)})` : `cache ${args.id}`;
      if (args.id === undefined && found.length === 0) ui.note("No cache is meant.");
      else await assertConfirmed(ui, `Delete ${what}?`, flags.yes);
      const deleted: Cache[] = [];
      for (const id of args.id === undefined ? found.map((cache) => cache.id) : [args.id]) {
        deleted.push(await client.deleteCache({ params: { id } }));
      }
      if (ui.json) return ui.document({ items: deleted, next: null });
      if (ui.quiet) for (const { id } of deleted) await ui.line(String(id));
      else if (deleted.length > 0) await ui.line(`Deleted ${what}`);
    });
  }
}

function countOf({ length }: readonly Cache[]): string {
  return length === 1 ? "1 cache" : `${length} caches`;
}

async function cachesMeant(
  client: Client,
  id: number | undefined,
  flags: CachesWanted & { readonly repo?: string | undefined },
): Promise<readonly Cache[]> {
  const isNarrowed = flags.key !== undefined || flags["older-than"] !== undefined;
  if (id !== undefined && !isNarrowed) return [];
  if (id !== undefined || !isNarrowed) {
    throw new CliError("usage", "say which caches: one number, or --key or --older-than", [
      "As in:  fmg cache delete 12        fmg cache delete --key npm- --older-than 30d",
    ]);
  }
  const params = await repositoryMeant(flags.repo, "fmg cache delete --key npm-");
  return findCaches(client, params, flags, "fmg cache delete");
}
