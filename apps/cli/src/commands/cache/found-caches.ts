import type { Cache, Client } from "@fmg/client";
import { string } from "@oclif/core/flags";

import { allPages } from "../../jobs-meant.ts";
import { readTimeSpan } from "../../time-span.ts";

const longestMs = 3650 * 86_400_000;

/** Which caches of a repository are meant. */
export const cacheFlags = {
  key: string({ helpValue: "<prefix>", description: "those whose keys begin so" }),
  "older-than": string({ helpValue: "<time>", description: "those not used for that long: 12h, 30d" }),
};

/** What the flags say. */
export interface CachesWanted {
  readonly key?: string | undefined;
  readonly "older-than"?: string | undefined;
}

/** The caches of a repository that the flags mean, newest first. */
export async function findCaches(
  client: Client,
  params: { readonly owner: string; readonly name: string },
  wanted: CachesWanted,
  command: string,
): Promise<readonly Cache[]> {
  const age = wanted["older-than"];
  const before =
    age === undefined ? Infinity : Date.now() - readTimeSpan(age, longestMs, `${command} --older-than 30d`);
  const query = { limit: 1000, ...(wanted.key === undefined ? {} : { key: wanted.key }) };
  const pages = allPages((cursor) => client.listCaches({ params, query: { ...query, ...cursor } }));
  const found: Cache[] = [];
  for await (const cache of pages) if (Date.parse(cache.lastUsedAt) <= before) found.push(cache);
  return found;
}
