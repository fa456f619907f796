CREATE TABLE `samples` (
	`attempt_id` integer NOT NULL,
	`at` integer NOT NULL,
	`step` integer NOT NULL,
	`cpu_ms` integer NOT NULL,
	`memory_bytes` integer NOT NULL,
	PRIMARY KEY(`attempt_id`, `at`),
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action
);
