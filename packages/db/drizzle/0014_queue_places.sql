ALTER TABLE `attempts` ADD `queue_place` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `starts_at` integer;