CREATE TABLE `attempts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`job_id` integer NOT NULL,
	`node_index` integer NOT NULL,
	`node_total` integer NOT NULL,
	`number` integer NOT NULL,
	`label` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`message` text,
	`started_at` integer,
	`finished_at` integer,
	`queued_at` integer NOT NULL,
	`owner` text,
	`lease_expires_at` integer,
	`epoch` integer DEFAULT 0 NOT NULL,
	`cancel_requested_at` integer,
	`image_digest` text,
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "attempts_status" CHECK("attempts"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running', 'success', 'failure', 'error', 'canceled', 'skipped')),
	CONSTRAINT "attempts_finished" CHECK(("attempts"."finished_at" is null) = ("attempts"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running'))),
	CONSTRAINT "attempts_lease" CHECK(("attempts"."owner" is null) = ("attempts"."lease_expires_at" is null))
);
--> statement-breakpoint
CREATE INDEX `attempts_open` ON `attempts` (`status`,`queued_at`) WHERE "attempts"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `attempts_by_owner` ON `attempts` (`owner`) WHERE "attempts"."finished_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_by_job` ON `attempts` (`job_id`,`node_index`,`number`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`delivery_id` text NOT NULL,
	`event` text NOT NULL,
	`outcome` text NOT NULL,
	`message` text,
	`pipeline_id` integer,
	`received_at` integer NOT NULL,
	FOREIGN KEY (`pipeline_id`) REFERENCES `pipelines`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "deliveries_outcome" CHECK("deliveries"."outcome" in ('accepted', 'ignored', 'invalid')),
	CONSTRAINT "deliveries_pipeline" CHECK(("deliveries"."outcome" = 'accepted') = ("deliveries"."pipeline_id" is not null))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_deliveryId_unique` ON `deliveries` (`delivery_id`);--> statement-breakpoint
CREATE INDEX `deliveries_by_pipeline` ON `deliveries` (`pipeline_id`);--> statement-breakpoint
CREATE TABLE `delivery_bodies` (
	`id` integer PRIMARY KEY NOT NULL,
	`body` blob NOT NULL,
	FOREIGN KEY (`id`) REFERENCES `deliveries`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`workflow_id` integer NOT NULL,
	`name` text NOT NULL,
	`number` integer,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`message` text,
	`started_at` integer,
	`finished_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "jobs_status" CHECK("jobs"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running', 'success', 'failure', 'error', 'canceled', 'skipped')),
	CONSTRAINT "jobs_finished" CHECK(("jobs"."finished_at" is null) = ("jobs"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running')))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_uuid_unique` ON `jobs` (`uuid`);--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_by_workflow` ON `jobs` (`workflow_id`,`name`);--> statement-breakpoint
CREATE TABLE `leases` (
	`name` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`pipeline_id` integer NOT NULL,
	`project_id` integer NOT NULL,
	`sha` text NOT NULL,
	`context` text NOT NULL,
	`state` text NOT NULL,
	`description` text NOT NULL,
	`target_url` text NOT NULL,
	`status` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`next_at` integer NOT NULL,
	`last_error` text,
	`created_at` integer NOT NULL,
	`sent_at` integer,
	FOREIGN KEY (`pipeline_id`) REFERENCES `pipelines`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "outbox_state" CHECK("outbox"."state" in ('pending', 'success', 'failure', 'error')),
	CONSTRAINT "outbox_status" CHECK("outbox"."status" in ('pending', 'sent', 'refused'))
);
--> statement-breakpoint
CREATE INDEX `outbox_by_context` ON `outbox` (`project_id`,`sha`,`context`);--> statement-breakpoint
CREATE INDEX `outbox_by_pipeline` ON `outbox` (`pipeline_id`);--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`next_at`) WHERE "outbox"."status" = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_one_pending` ON `outbox` (`project_id`,`sha`,`context`) WHERE "outbox"."status" = 'pending';--> statement-breakpoint
CREATE TABLE `pipelines` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`project_id` integer NOT NULL,
	`number` integer NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`message` text,
	`started_at` integer,
	`finished_at` integer,
	`branch` text,
	`tag` text,
	`sha` text NOT NULL,
	`event` text NOT NULL,
	`repository` text NOT NULL,
	`diagnostics` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "pipelines_status" CHECK("pipelines"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running', 'success', 'failure', 'error', 'canceled', 'skipped')),
	CONSTRAINT "pipelines_finished" CHECK(("pipelines"."finished_at" is null) = ("pipelines"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running'))),
	CONSTRAINT "pipelines_ref" CHECK(("pipelines"."branch" is null) <> ("pipelines"."tag" is null))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pipelines_uuid_unique` ON `pipelines` (`uuid`);--> statement-breakpoint
CREATE INDEX `pipelines_by_project` ON `pipelines` (`project_id`);--> statement-breakpoint
CREATE INDEX `pipelines_by_branch` ON `pipelines` (`branch`);--> statement-breakpoint
CREATE INDEX `pipelines_by_status` ON `pipelines` (`status`);--> statement-breakpoint
CREATE INDEX `pipelines_by_project_branch` ON `pipelines` (`project_id`,`branch`);--> statement-breakpoint
CREATE INDEX `pipelines_by_project_status` ON `pipelines` (`project_id`,`status`);--> statement-breakpoint
CREATE INDEX `pipelines_by_branch_status` ON `pipelines` (`branch`,`status`);--> statement-breakpoint
CREATE INDEX `pipelines_by_project_branch_status` ON `pipelines` (`project_id`,`branch`,`status`);--> statement-breakpoint
CREATE UNIQUE INDEX `pipelines_by_number` ON `pipelines` (`project_id`,`number`);--> statement-breakpoint
CREATE TABLE `projects` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`github_id` integer NOT NULL,
	`owner` text NOT NULL,
	`name` text NOT NULL,
	`clone_url` text NOT NULL,
	`default_branch` text NOT NULL,
	`next_pipeline_number` integer DEFAULT 1 NOT NULL,
	`next_job_number` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `projects_uuid_unique` ON `projects` (`uuid`);--> statement-breakpoint
CREATE UNIQUE INDEX `projects_githubId_unique` ON `projects` (`github_id`);--> statement-breakpoint
CREATE INDEX `projects_by_name` ON `projects` ("owner" collate nocase,"name" collate nocase);--> statement-breakpoint
CREATE TABLE `runners` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`host` text NOT NULL,
	`added_at` integer NOT NULL,
	`last_seen_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runners_host_unique` ON `runners` (`host`);--> statement-breakpoint
CREATE TABLE `steps` (
	`attempt_id` integer NOT NULL,
	`index` integer NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`background` integer NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`message` text,
	`started_at` integer,
	`finished_at` integer,
	`exit_code` integer,
	`raw_offset` integer DEFAULT 0 NOT NULL,
	`stored_length` integer DEFAULT 0 NOT NULL,
	`last_output_at` integer,
	`duration_ms` integer,
	PRIMARY KEY(`attempt_id`, `index`),
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "steps_status" CHECK("steps"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running', 'success', 'failure', 'error', 'canceled', 'skipped')),
	CONSTRAINT "steps_finished" CHECK(("steps"."finished_at" is null) = ("steps"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running')))
);
--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_hash_unique` ON `tokens` (`hash`);--> statement-breakpoint
CREATE TABLE `workflows` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`pipeline_id` integer NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`message` text,
	`started_at` integer,
	`finished_at` integer,
	`plan` text NOT NULL,
	`rerun_of` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`pipeline_id`) REFERENCES `pipelines`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`rerun_of`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "workflows_status" CHECK("workflows"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running', 'success', 'failure', 'error', 'canceled', 'skipped')),
	CONSTRAINT "workflows_finished" CHECK(("workflows"."finished_at" is null) = ("workflows"."status" in ('pending', 'blocked', 'on_hold', 'queued', 'running')))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workflows_uuid_unique` ON `workflows` (`uuid`);--> statement-breakpoint
CREATE INDEX `workflows_by_pipeline` ON `workflows` (`pipeline_id`);--> statement-breakpoint
CREATE INDEX `workflows_by_rerun` ON `workflows` (`rerun_of`);--> statement-breakpoint
CREATE INDEX `workflows_open` ON `workflows` (`id`) WHERE "workflows"."finished_at" is null;--> statement-breakpoint
INSERT INTO `runners` (`id`, `host`, `added_at`) VALUES (1, 'localhost', unixepoch() * 1000);
