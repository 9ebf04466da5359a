CREATE TABLE "chore" (
	"name" text PRIMARY KEY NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"failures" bigint DEFAULT 0 NOT NULL,
	"swept" bigint DEFAULT 0 NOT NULL,
	"last_success_at" timestamp (3) with time zone,
	"last_seconds" double precision,
	"last_failure_at" timestamp (3) with time zone,
	"last_error" text,
	"position" text
);
--> statement-breakpoint
ALTER TABLE "audit_event" DROP CONSTRAINT "audit_event_action_known";--> statement-breakpoint
ALTER TABLE "checkpoint" ADD COLUMN "pinned_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "audit_event_deleted" ON "audit_event" USING btree ("subject") WHERE "audit_event"."action" in ('run_deleted', 'dataset_deleted');--> statement-breakpoint
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_action_known" CHECK ("audit_event"."action" in ('key_made', 'key_revoked', 'worker_token_made', 'worker_token_revoked', 'dataset_deleted', 'dataset_version_deleted', 'run_deleted', 'export_deleted', 'webhook_made', 'webhook_deleted', 'webhook_secret_rotated', 'webhook_disabled', 'quota_changed', 'signed_up', 'signed_in', 'sign_in_failed', 'signed_out_everywhere', 'session_ended', 'password_changed', 'password_reset', 'role_changed', 'user_disabled', 'user_enabled', 'invitation_made', 'invitation_revoked', 'address_changed', 'account_deleted', 'checkpoints_removed'));