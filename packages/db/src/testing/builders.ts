import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AcceptInput } from "../deliveries.ts";
import { connectionOf, openDb, type Db } from "../open-db.ts";

/** A database of its own in a temporary folder. */
export interface TemporaryDb {
  readonly db: Db;
  readonly file: string;
  /** Closes the database and removes the folder. */
  remove(): void;
}

/** Opens a new, migrated database; it need not survive a power cut, so its commits do not wait for the disk. */
export function temporaryDb(): TemporaryDb {
  const folder = mkdtempSync(join(tmpdir(), "fmg-db-"));
  const file = join(folder, "fmg.db");
  const db = openDb(file, { migrate: true });
  connectionOf(db).sqlite.pragma("synchronous = OFF");
  return {
    db,
    file,
    remove() {
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A push of octo/repo's branch main, as the API hands it over. */
export function aPush(
  overrides: Partial<AcceptInput> & {
    branch?: string;
    tag?: string;
    sha?: string;
    repo?: string;
    repoId?: number;
  } = {},
): AcceptInput {
  const {
    branch = "main",
    tag,
    sha = "a1b2c3d4".padEnd(40, "0"),
    repo = "octo/repo",
    repoId = 1,
    ...rest
  } = overrides;
  const [owner = "octo", name = "repo"] = repo.split("/");
  return {
    deliveryId: "delivery-1",
    event: "push",
    body: Buffer.from("{}"),
    receivedAt: 1_000,
    trigger: {
      kind: "push",
      ref: tag === undefined ? { kind: "branch", name: branch } : { kind: "tag", name: tag },
      sha,
      baseSha: null,
      commit: { subject: "Say hello", body: "", authorLogin: "octocat", authorName: "Octo Cat", url: null },
      sender: { login: "octocat", id: 7 },
    },
    repository: {
      id: repoId,
      owner,
      name,
      cloneUrl: `https://github.test/${repo}.git`,
      url: `https://github.test/${repo}`,
      defaultBranch: "main",
      private: false,
    },
    statusTargetBase: "http://fmg.test",
    ...rest,
  };
}
