CREATE TABLE `pulled_images` (
	`host_id` text NOT NULL,
	`reference` text NOT NULL,
	`image_id` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	PRIMARY KEY(`host_id`, `reference`)
);
--> statement-breakpoint
CREATE INDEX `pulled_images_by_use` ON `pulled_images` (`host_id`,`last_used_at`);