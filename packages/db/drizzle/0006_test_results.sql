CREATE TABLE `test_results` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`attempt_id` integer NOT NULL,
	`step` integer NOT NULL,
	`name` text NOT NULL,
	`classname` text NOT NULL,
	`file` text NOT NULL,
	`duration_ms` integer NOT NULL,
	`result` text NOT NULL,
	`message` text,
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "test_results_result" CHECK("test_results"."result" in ('success', 'failure', 'skipped'))
);
--> statement-breakpoint
CREATE INDEX `test_results_by_attempt` ON `test_results` (`attempt_id`);--> statement-breakpoint
CREATE INDEX `test_results_by_name` ON `test_results` (`name`,`classname`,`file`);