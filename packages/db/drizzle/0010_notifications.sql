CREATE TABLE `notifications` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`receiver` text NOT NULL,
	`change` text NOT NULL,
	`workflow_id` integer NOT NULL,
	`previous_id` integer,
	`status` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`created_at` integer NOT NULL,
	`sent_at` integer,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`previous_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "notifications_change" CHECK("notifications"."change" in ('broken', 'fixed')),
	CONSTRAINT "notifications_status" CHECK("notifications"."status" in ('pending', 'sent', 'refused'))
);
--> statement-breakpoint
CREATE INDEX `notifications_by_workflow` ON `notifications` (`workflow_id`);--> statement-breakpoint
CREATE INDEX `notifications_by_previous` ON `notifications` (`previous_id`);--> statement-breakpoint
CREATE INDEX `notifications_due` ON `notifications` (`id`) WHERE "notifications"."status" = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX `notifications_once` ON `notifications` (`receiver`,`workflow_id`);