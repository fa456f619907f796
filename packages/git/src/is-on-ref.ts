import fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { init } from "isomorphic-git";
import { parseCloneUrl } from "./clone-url.ts";
import { downloadPack } from "./download-pack.ts";
import { createHttpClient } from "./http-client.ts";
import { REF_DEPTHS } from "./mirror.ts";
import { indexPack } from "./pack/index-pack.ts";
import { cannotTell, IDLE_MS, MAX_ANSWER_BYTES, type ResolveRefInput } from "./resolve-ref.ts";

export interface IsOnRefInput extends ResolveRefInput {
  /** The commit, 40 hex digits. */
  readonly sha: string;
}

/**
 * Whether a commit is on a branch or tag: its tip, or up to 1,000 commits behind it. That it can be fetched proves nothing, for
 * GitHub gives out the commits of all forks by their sha alone. Throws `clone_failed` where the server does not tell. (SEC-7)
 */
export async function isOnRef(input: IsOnRefInput): Promise<boolean> {
  const url = parseCloneUrl(input.url);
  const gitdir = await mkdtemp(join(tmpdir(), "fmg-ref-"));
  try {
    await init({ fs, bare: true, gitdir, defaultBranch: "main" });
    const { token, signal } = input;
    const http = createHttpClient({ url, token, idleMs: IDLE_MS, maxBytes: MAX_ANSWER_BYTES, signal });
    let known = 0;
    for (const depth of REF_DEPTHS) {
      const request = { http, gitdir, url: url.href, want: input.ref, depth, objects: "commits" } as const;
      const pack = await downloadPack(request);
      if (pack === "not-there") return false;
      const objects = await indexPack(pack);
      if (objects.some(({ oid }) => oid === input.sha)) return true;
      // The history is shorter than what was asked for.
      if (objects.length === known) return false;
      known = objects.length;
    }
    return false;
  } catch (error) {
    throw cannotTell(error, `whether ${input.sha} is on ${input.ref}`, input);
  } finally {
    await rm(gitdir, { recursive: true, force: true });
  }
}
