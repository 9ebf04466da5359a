CREATE TABLE "task" (
	"id" text PRIMARY KEY NOT NULL,
	"owner_id" text NOT NULL,
	"kind" text NOT NULL,
	"run_id" text,
	"dataset_id" text,
	"dataset_version" integer,
	"checkpoint_id" bigint,
	"input" json NOT NULL,
	"cache_key" text NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"available_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"launched_at" timestamp (3) with time zone,
	"attempt" integer DEFAULT 0 NOT NULL,
	"attempts_in_vain" integer DEFAULT 0 NOT NULL,
	"lease_expires_at" timestamp (3) with time zone,
	"result" json,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"failure" json,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"touched_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "task_cache_key_unique" UNIQUE("cache_key"),
	CONSTRAINT "task_kind_known" CHECK ("task"."kind" in ('export', 'preview')),
	CONSTRAINT "task_status_known" CHECK ("task"."status" in ('queued', 'launching', 'running', 'succeeded', 'failed')),
	CONSTRAINT "task_export_of_run" CHECK (("task"."kind" = 'export') = ("task"."run_id" is not null)),
	CONSTRAINT "task_preview_of_version" CHECK (("task"."kind" = 'preview') = ("task"."dataset_id" is not null and "task"."dataset_version" is not null)),
	CONSTRAINT "task_lease_while_running" CHECK (("task"."status" = 'running') = ("task"."lease_expires_at" is not null)),
	CONSTRAINT "task_launched_while_launching" CHECK (("task"."status" = 'launching') = ("task"."launched_at" is not null)),
	CONSTRAINT "task_finished_when_terminal" CHECK (("task"."status" in ('succeeded', 'failed')) = ("task"."finished_at" is not null)),
	CONSTRAINT "task_result_when_succeeded" CHECK (("task"."status" = 'succeeded') = ("task"."result" is not null)),
	CONSTRAINT "task_failure_when_failed" CHECK (("task"."status" = 'failed') = ("task"."failure" is not null))
);
--> statement-breakpoint
CREATE TABLE "task_attempt" (
	"task_id" text NOT NULL,
	"number" integer NOT NULL,
	"token_hash" text NOT NULL,
	"worker_id" text,
	"outcome" text,
	"failure" json,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "task_attempt_task_id_number_pk" PRIMARY KEY("task_id","number"),
	CONSTRAINT "task_attempt_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "task_attempt_outcome_known" CHECK ("task_attempt"."outcome" in ('succeeded', 'stopped', 'failed', 'lost')),
	CONSTRAINT "task_attempt_number_positive" CHECK ("task_attempt"."number" > 0)
);
--> statement-breakpoint
ALTER TABLE "audit_event" DROP CONSTRAINT "audit_event_action_known";--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_owner_id_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_run_id_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."run"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_checkpoint_id_checkpoint_id_fk" FOREIGN KEY ("checkpoint_id") REFERENCES "public"."checkpoint"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_dataset_id_dataset_version_dataset_version_dataset_id_version_fk" FOREIGN KEY ("dataset_id","dataset_version") REFERENCES "public"."dataset_version"("dataset_id","version") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_attempt" ADD CONSTRAINT "task_attempt_task_id_task_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."task"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_attempt" ADD CONSTRAINT "task_attempt_worker_id_worker_id_fk" FOREIGN KEY ("worker_id") REFERENCES "public"."worker"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "task_queue" ON "task" USING btree ("created_at","id") WHERE "task"."status" in ('queued', 'launching');--> statement-breakpoint
CREATE INDEX "task_lease" ON "task" USING btree ("lease_expires_at") WHERE "task"."status" = 'running';--> statement-breakpoint
CREATE INDEX "task_owner" ON "task" USING btree ("owner_id","status");--> statement-breakpoint
CREATE INDEX "task_run" ON "task" USING btree ("run_id","created_at");--> statement-breakpoint
CREATE INDEX "task_version" ON "task" USING btree ("dataset_id","dataset_version");--> statement-breakpoint
CREATE INDEX "task_checkpoint" ON "task" USING btree ("checkpoint_id");--> statement-breakpoint
CREATE INDEX "task_preview_touched" ON "task" USING btree ("touched_at") WHERE "task"."kind" = 'preview';--> statement-breakpoint
CREATE INDEX "task_attempt_worker_open" ON "task_attempt" USING btree ("worker_id") WHERE "task_attempt"."finished_at" is null;--> statement-breakpoint
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_action_known" CHECK ("audit_event"."action" in ('key_made', 'key_revoked', 'worker_token_made', 'worker_token_revoked', 'dataset_deleted', 'dataset_version_deleted', 'run_deleted', 'export_deleted', 'webhook_made', 'webhook_deleted', 'webhook_secret_rotated', 'webhook_disabled', 'quota_changed', 'signed_up', 'signed_in', 'sign_in_failed', 'signed_out_everywhere', 'session_ended', 'password_changed', 'password_reset', 'role_changed', 'user_disabled', 'user_enabled', 'invitation_made', 'invitation_revoked'));