import type { Cache } from "@fmg/client";

import { FmgCommand } from "../../fmg-command.ts";
import { bytesText, toSecond } from "../../format.ts";
import { formatFlag, printItems, type View } from "../../print-items.ts";
import { repoFlag, repositoryMeant } from "../../secrets/repository.ts";
import { plain } from "../../ui.ts";
import { cacheFlags, findCaches } from "./found-caches.ts";

/** `fmg cache list` */
export class ListCaches extends FmgCommand {
  static override summary = "Show the caches of a repository: key, size, whose it is, last use.";
  static override usage =
    "cache list [--repo <owner/name>] [--key <prefix>] [--older-than <time>] [--format <template>]";
  static override flags = { ...repoFlag, ...cacheFlags, ...formatFlag };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ListCaches);
    const params = await repositoryMeant(flags.repo, "fmg cache list");
    await this.withServer(flags, async ({ ui, client }) => {
      const items = await findCaches(client, params, flags, "fmg cache list");
      await printItems(ui, { items, next: null }, cacheView, "No caches. A step save_cache makes one.");
    });
  }
}

const cacheView: View<Cache> = {
  id: ({ id }) => id,
  row: ({ id, sizeBytes, scope, lastUsedAt, key }) => [
    String(id),
    bytesText(sizeBytes),
    plain(scope),
    `used ${toSecond(lastUsedAt)}`,
    plain(key),
  ],
  right: [0, 1],
};
