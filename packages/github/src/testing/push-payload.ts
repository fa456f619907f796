export interface PushInput {
  /** owner/name */
  readonly repo: string;
  /** refs/heads/main */
  readonly ref: string;
  /** The pushed commit; 40 zeros for a deletion. */
  readonly after: string;
  /** The commit before; 40 zeros (a new branch) unless told. */
  readonly before?: string;
  readonly message?: string;
  /** Its origin is the GitHub server. */
  readonly cloneUrl: string;
  readonly repoId?: number;
  readonly defaultBranch?: string;
  readonly private?: boolean;
  readonly author?: { readonly name: string; readonly email: string; readonly username?: string };
  readonly sender?: { readonly login: string; readonly id: number };
  /** Of an annotated tag: the commit, while `after` is the tag object. */
  readonly headCommitId?: string;
}

export const noCommit = "0".repeat(40);

/** A push payload with every part that GitHub sends. */
export function pushPayload(input: PushInput): Record<string, unknown> {
  const { ref, after, before = noCommit } = input;
  const deleted = after === noCommit;
  const author = input.author ?? { name: "Ada", email: "ada@example.com", username: "ada" };
  const repository = repositoryPart(input);
  const commit = deleted ? null : commitPart(input, author, repository.html_url);
  return {
    ref,
    before,
    after,
    repository,
    pusher: { name: author.username ?? author.name, email: author.email },
    sender: senderPart(input.sender ?? { login: author.username ?? author.name, id: 1001 }),
    created: before === noCommit,
    deleted,
    forced: false,
    base_ref: null,
    compare: `${repository.html_url}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: commit === null || ref.startsWith("refs/tags/") ? [] : [commit],
    head_commit: commit,
  };
}

function repositoryPart(input: PushInput) {
  const [owner = "", name = ""] = input.repo.split("/");
  const origin = new URL(input.cloneUrl).origin;
  const html = `${origin}/${input.repo}`;
  const api = `${origin}/api/v3/repos/${input.repo}`;
  return {
    id: input.repoId ?? 4242,
    node_id: "R_kgDOExample",
    name,
    full_name: input.repo,
    private: input.private ?? false,
    owner: {
      ...senderPart({ login: owner, id: 2002 }),
      name: owner,
      email: null,
    },
    html_url: html,
    description: null,
    fork: false,
    // A push has the repository's web address as its `url`, unlike all other events.
    url: html,
    hooks_url: `${api}/hooks`,
    statuses_url: `${api}/statuses/{sha}`,
    created_at: 1717200000,
    updated_at: "2024-06-01T12:00:00Z",
    pushed_at: 1717243200,
    git_url: input.cloneUrl.replace(/^https?:/, "git:"),
    ssh_url: `git@${new URL(input.cloneUrl).hostname}:${input.repo}.git`,
    clone_url: input.cloneUrl,
    homepage: null,
    size: 1,
    language: "TypeScript",
    archived: false,
    disabled: false,
    license: null,
    visibility: input.private === true ? "private" : "public",
    topics: [],
    default_branch: input.defaultBranch ?? "main",
    master_branch: input.defaultBranch ?? "main",
  };
}

function commitPart(
  input: PushInput,
  author: { name: string; email: string; username?: string },
  htmlUrl: string,
) {
  const id = input.headCommitId ?? input.after;
  return {
    id,
    tree_id: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    distinct: true,
    message: input.message ?? "A commit",
    timestamp: "2024-06-01T12:00:00Z",
    url: `${htmlUrl}/commit/${id}`,
    author,
    committer: author,
    added: [],
    removed: [],
    modified: ["README.md"],
  };
}

function senderPart({ login, id }: { login: string; id: number }) {
  return { login, id, node_id: "U_kgDOExample", type: "User", site_admin: false };
}
