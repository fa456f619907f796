/** The names under `pipeline.` that are always defined, though maybe empty. (Section 8.3, R-PV-1) */
export const knownPipelineValues: ReadonlySet<string> = new Set(
  [
    "id number name definition.id project.git_url project.type project.slug project.url integration_source",
    "git.branch git.branch.is_default git.tag git.revision git.base_revision",
    "git.repo_url git.repo_owner git.repo_name git.repo_id git.ssh_checkout_url",
    "git.commit.url git.commit.subject git.commit.body git.commit.author_login",
    "git.commit.author_name git.commit.author_email git.commit.author_avatar_url",
    "config.repository.name config.repository.url config.file_path config.ref config.sha config_source",
    "trigger.type trigger.id trigger.name trigger.received_at trigger_source schedule.name schedule.id",
    "event.name event.action event.github.after event.github.head_commit.url event.github.ref",
    "event.github.pull_request.base.ref event.github.pull_request.base.sha",
    "event.github.pull_request.head.ref event.github.pull_request.head.sha",
    "event.github.pull_request.title event.github.pull_request.url event.github.pull_request.number",
    "event.github.pull_request.draft event.github.pull_request.merged",
    "event.github.label.name event.github.comment.body",
    "event.github.sender.login event.github.sender.type event.github.sender.avatar_url",
    "event.github.repository.name event.github.repository.owner.login event.github.repository.url",
    "event.context.github.pr_url event.context.github.sha",
    "event.provider_login event.provider_actor_id event.circleci_actor_id",
    "trigger_parameters.webhook.body",
    "trigger_parameters.circleci.trigger_type trigger_parameters.circleci.event_time",
    "trigger_parameters.circleci.event_type trigger_parameters.circleci.event_action",
    "trigger_parameters.circleci.actor_id trigger_parameters.circleci.trigger_id",
    "trigger_parameters.circleci.config_source_id",
    "trigger_parameters.github_app.ref trigger_parameters.github_app.checkout_sha",
    "trigger_parameters.github_app.user_id trigger_parameters.github_app.user_name",
    "trigger_parameters.github_app.user_username trigger_parameters.github_app.user_avatar",
    "trigger_parameters.github_app.repo_name trigger_parameters.github_app.repo_url",
    "trigger_parameters.github_app.web_url trigger_parameters.github_app.commit_sha",
    "trigger_parameters.github_app.commit_title trigger_parameters.github_app.commit_message",
    "trigger_parameters.github_app.commit_timestamp trigger_parameters.github_app.commit_author_name",
    "trigger_parameters.github_app.branch trigger_parameters.github_app.total_commits_count",
    "deploy.component_name deploy.environment_name deploy.target_version deploy.current_version",
    "deploy.namespace deploy.reason",
  ]
    .join(" ")
    .split(" ")
    .map((name) => `pipeline.${name}`),
);

/** A name that this pipeline may simply lack; GitLab's payload is as wide as GitLab likes. (R-SCOPE-3) */
export function isKnownPipelineValue(name: string): boolean {
  return knownPipelineValues.has(name) || name.startsWith("pipeline.trigger_parameters.gitlab.");
}
