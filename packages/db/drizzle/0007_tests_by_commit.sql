DROP INDEX `test_results_by_attempt`;--> statement-breakpoint
CREATE INDEX `test_results_by_attempt` ON `test_results` (`attempt_id`,`name`,`classname`,`file`);--> statement-breakpoint
CREATE INDEX `pipelines_by_commit` ON `pipelines` (`project_id`,`sha`);