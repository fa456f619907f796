ALTER TABLE `jobs` ADD `held_at` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `approval` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `carried_from` integer REFERENCES jobs(id);--> statement-breakpoint
ALTER TABLE `pipelines` ADD `recompiled_by` text;--> statement-breakpoint
ALTER TABLE `workflows` ADD `rerun` text;