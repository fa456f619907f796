ALTER TABLE `jobs` ADD `cancellation` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `serial_group` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `serial_asked_at` integer;--> statement-breakpoint
CREATE INDEX `jobs_by_serial_group` ON `jobs` (`serial_group`) WHERE "jobs"."serial_group" is not null;--> statement-breakpoint
ALTER TABLE `pipelines` ADD `cancellation` text;--> statement-breakpoint
ALTER TABLE `workflows` ADD `cancellation` text;