ALTER TABLE `attempts` ADD `cpus` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `attempts` ADD `memory_bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `attempts` ADD `host` text;--> statement-breakpoint
ALTER TABLE `attempts` ADD `cpuset` text;