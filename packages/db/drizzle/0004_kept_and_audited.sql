CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`token_id` integer,
	`token_name` text,
	`ip` text,
	`action` text NOT NULL,
	`target` text NOT NULL,
	`detail` text,
	FOREIGN KEY (`token_id`) REFERENCES `tokens`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `debug_sessions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`attempt_id` integer NOT NULL,
	`token_id` integer NOT NULL,
	`opened_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`owner` text,
	`closed_at` integer,
	`ending` text,
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`token_id`) REFERENCES `tokens`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `debug_sessions_by_attempt` ON `debug_sessions` (`attempt_id`);--> statement-breakpoint
CREATE INDEX `debug_sessions_open` ON `debug_sessions` (`expires_at`) WHERE "debug_sessions"."closed_at" is null;--> statement-breakpoint
ALTER TABLE `attempts` ADD `keep_for_ms` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `kept_until` integer;--> statement-breakpoint
CREATE INDEX `attempts_kept` ON `attempts` (`kept_until`) WHERE "attempts"."kept_until" is not null;--> statement-breakpoint
ALTER TABLE `pipelines` ADD `trust` text DEFAULT 'own' NOT NULL;