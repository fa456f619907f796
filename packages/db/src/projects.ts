import type { Instant } from "@fmg/core";
import type { Db } from "./open-db.ts";
import { statement } from "./statements.ts";

/** A repository, and how much it is used. */
export interface ListedProject {
  readonly owner: string;
  readonly name: string;
  readonly cloneUrl: string;
  readonly defaultBranch: string;
  readonly pipelines: number;
  readonly lastPipelineAt: Instant | null;
  readonly createdAt: Instant;
}

// The newest pipeline of a project is found by its index; its number counts all of them.
const all = statement(
  `select owner, name, clone_url as cloneUrl, default_branch as defaultBranch, next_pipeline_number - 1 as pipelines,
     (select created_at from pipelines where project_id = projects.id order by number desc limit 1) as lastPipelineAt,
     created_at as createdAt
   from projects order by owner collate nocase, name collate nocase`,
);

/** Every connected repository, by name. */
export function listProjects(db: Db): readonly ListedProject[] {
  return all(db).all() as ListedProject[];
}
