export interface Push {
  /** "octo/repo" */
  readonly repository: string;
  /** "refs/heads/main" or "refs/tags/v1" */
  readonly ref: string;
  readonly sha: string;
  readonly message: string;
  /** GitHub's own address, or that of the git server that plays it. */
  readonly serverUrl: string;
}

const nobody = "0".repeat(40);

/** The payload of a push webhook, with the fields that GitHub's have. */
export function pushPayload({ repository, ref, sha, message, serverUrl }: Push): object {
  const [owner = "", name = ""] = repository.split("/");
  const person = { name: "Octo Cat", email: "octo@example.com", username: "octocat" };
  const url = `${serverUrl}/${repository}`;
  const commit = {
    id: sha,
    tree_id: nobody,
    distinct: true,
    message,
    timestamp: new Date().toISOString(),
    url: `${url}/commit/${sha}`,
    author: person,
    committer: person,
    added: [],
    removed: [],
    modified: [],
  };
  return {
    ref,
    before: nobody,
    after: sha,
    created: true,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${url}/commit/${sha}`,
    commits: [commit],
    head_commit: commit,
    repository: {
      id: 1296269,
      node_id: "R_1",
      name,
      full_name: repository,
      private: false,
      owner: { name: owner, login: owner, id: 1, type: "Organization" },
      html_url: url,
      url,
      clone_url: `${url}.git`,
      ssh_url: `git@example.com:${repository}.git`,
      default_branch: "main",
      master_branch: "main",
    },
    pusher: { name: "octocat", email: "octo@example.com" },
    sender: { login: "octocat", id: 583231, type: "User" },
  };
}
