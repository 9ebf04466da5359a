DROP INDEX "task_queue";--> statement-breakpoint
CREATE INDEX "task_served" ON "task" USING btree ("owner_id","started_at");--> statement-breakpoint
CREATE INDEX "task_queue" ON "task" USING btree ("owner_id",("kind" <> 'preview'),"created_at","id") WHERE "task"."status" in ('queued', 'launching');