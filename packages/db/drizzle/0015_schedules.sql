CREATE TABLE `schedule_slots` (
	`schedule_id` integer NOT NULL,
	`slot` integer NOT NULL,
	`pipeline_id` integer,
	PRIMARY KEY(`schedule_id`, `slot`),
	FOREIGN KEY (`schedule_id`) REFERENCES `schedules`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`pipeline_id`) REFERENCES `pipelines`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `schedule_slots_by_pipeline` ON `schedule_slots` (`pipeline_id`);--> statement-breakpoint
CREATE TABLE `schedules` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`project_id` integer NOT NULL,
	`name` text NOT NULL,
	`cron` text NOT NULL,
	`time_zone` text NOT NULL,
	`branch` text,
	`tag` text,
	`workflow` text,
	`parameters` text DEFAULT '{}' NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "schedules_ref" CHECK(("schedules"."branch" is null) <> ("schedules"."tag" is null))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `schedules_uuid_unique` ON `schedules` (`uuid`);--> statement-breakpoint
CREATE INDEX `schedules_by_project` ON `schedules` (`project_id`);