CREATE TABLE `attempt_variables` (
	`attempt_id` integer PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`sealed` blob NOT NULL,
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `attempt_variables_by_key` ON `attempt_variables` (`key_id`);--> statement-breakpoint
CREATE TABLE `context_restrictions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`context_id` integer NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`context_id`) REFERENCES `contexts`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "context_restrictions_kind" CHECK("context_restrictions"."kind" in ('project', 'branch', 'tag', 'expression'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `context_restrictions_by_context` ON `context_restrictions` (`context_id`,`kind`,`value`);--> statement-breakpoint
CREATE TABLE `contexts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `contexts_uuid_unique` ON `contexts` (`uuid`);--> statement-breakpoint
CREATE UNIQUE INDEX `contexts_name_unique` ON `contexts` (`name`);--> statement-breakpoint
CREATE TABLE `variables` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` integer,
	`context_id` integer,
	`name` text NOT NULL,
	`key_id` text NOT NULL,
	`sealed` blob NOT NULL,
	`hint` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`context_id`) REFERENCES `contexts`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "variables_owner" CHECK(("variables"."project_id" is null) <> ("variables"."context_id" is null))
);
--> statement-breakpoint
CREATE INDEX `variables_by_key` ON `variables` (`key_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `variables_by_project` ON `variables` (`project_id`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `variables_by_context` ON `variables` (`context_id`,`name`);--> statement-breakpoint
ALTER TABLE `audit` ADD `before_hash` text;--> statement-breakpoint
ALTER TABLE `audit` ADD `after_hash` text;