CREATE TABLE `artifacts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`attempt_id` integer NOT NULL,
	`path` text NOT NULL,
	`digest` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `artifacts_by_expiry` ON `artifacts` (`expires_at`);--> statement-breakpoint
CREATE INDEX `artifacts_by_digest` ON `artifacts` (`digest`);--> statement-breakpoint
CREATE UNIQUE INDEX `artifacts_by_path` ON `artifacts` (`attempt_id`,`path`);--> statement-breakpoint
CREATE TABLE `caches` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` integer NOT NULL,
	`scope` text NOT NULL,
	`key` text NOT NULL,
	`parts` text NOT NULL,
	`digest` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `caches_by_use` ON `caches` (`last_used_at`);--> statement-breakpoint
CREATE INDEX `caches_by_expiry` ON `caches` (`expires_at`);--> statement-breakpoint
CREATE INDEX `caches_by_digest` ON `caches` (`digest`);--> statement-breakpoint
CREATE UNIQUE INDEX `caches_by_key` ON `caches` (`project_id`,`scope`,`key`);--> statement-breakpoint
CREATE TABLE `workspace_layers` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`workspace_uuid` text NOT NULL,
	`attempt_id` integer NOT NULL,
	`step` integer NOT NULL,
	`job` text NOT NULL,
	`node_index` integer NOT NULL,
	`digest` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`paths` text NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `workspace_layers_by_workspace` ON `workspace_layers` (`workspace_uuid`);--> statement-breakpoint
CREATE INDEX `workspace_layers_by_expiry` ON `workspace_layers` (`expires_at`);--> statement-breakpoint
CREATE INDEX `workspace_layers_by_digest` ON `workspace_layers` (`digest`);--> statement-breakpoint
CREATE UNIQUE INDEX `workspace_layers_by_step` ON `workspace_layers` (`attempt_id`,`step`);