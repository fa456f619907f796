CREATE TABLE `continuations` (
	`pipeline_id` integer PRIMARY KEY NOT NULL,
	`key_id` text,
	`sealed` blob,
	`trigger_arguments` text NOT NULL,
	`overriding` text NOT NULL,
	`accepted_at` integer,
	`digest` text,
	`configuration` text,
	`parameters` text,
	`compiled_at` integer,
	`rejection` text,
	FOREIGN KEY (`pipeline_id`) REFERENCES `pipelines`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "continuations_key" CHECK(("continuations"."key_id" is null) = ("continuations"."sealed" is null)),
	CONSTRAINT "continuations_accepted" CHECK(("continuations"."accepted_at" is null) = ("continuations"."digest" is null))
);
--> statement-breakpoint
CREATE INDEX `continuations_by_key` ON `continuations` (`key_id`);--> statement-breakpoint
CREATE INDEX `continuations_due` ON `continuations` (`pipeline_id`) WHERE "continuations"."accepted_at" is not null and "continuations"."compiled_at" is null;