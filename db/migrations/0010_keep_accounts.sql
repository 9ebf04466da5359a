CREATE TABLE "account" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"account_id" text NOT NULL,
	"password" text,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp (3) with time zone,
	"refresh_token_expires_at" timestamp (3) with time zone,
	"scope" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_provider" UNIQUE("provider_id","account_id"),
	CONSTRAINT "account_user_provider" UNIQUE("user_id","provider_id")
);
--> statement-breakpoint
CREATE TABLE "compute_day" (
	"owner_id" text NOT NULL,
	"day" date NOT NULL,
	"device" text NOT NULL,
	"seconds" double precision NOT NULL,
	CONSTRAINT "compute_day_owner_id_day_device_pk" PRIMARY KEY("owner_id","day","device")
);
--> statement-breakpoint
CREATE TABLE "invitation" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"email" text,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"accepted_by" text,
	"accepted_at" timestamp (3) with time zone,
	CONSTRAINT "invitation_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "quota" (
	"owner_id" text PRIMARY KEY NOT NULL,
	"active_runs" bigint,
	"waiting_runs" bigint,
	"storage_bytes" bigint,
	"gpu_minutes" bigint,
	"datasets" bigint,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_limit" (
	"key" text PRIMARY KEY NOT NULL,
	"count" integer NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text PRIMARY KEY NOT NULL,
	"token" text NOT NULL,
	"user_id" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "session_token_unique" UNIQUE("token")
);
--> statement-breakpoint
CREATE TABLE "verification" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_event" DROP CONSTRAINT "audit_event_action_known";--> statement-breakpoint
DROP INDEX "run_queue";--> statement-breakpoint
ALTER TABLE "attempt" ADD COLUMN "device" text;--> statement-breakpoint
ALTER TABLE "checkpoint" ADD COLUMN "bytes" bigint GENERATED ALWAYS AS (coalesce((files -> 0 ->> 'bytes')::bigint, 0) + coalesce((files -> 1 ->> 'bytes')::bigint, 0)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "bytes" bigint GENERATED ALWAYS AS (coalesce((manifest #>> '{packs,0,bytes}')::bigint, 0) + coalesce((manifest #>> '{packs,1,bytes}')::bigint, 0) + coalesce((manifest #>> '{packs,2,bytes}')::bigint, 0) + coalesce((images ->> 'bytes')::bigint, 0)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "curve_bytes" bigint GENERATED ALWAYS AS (coalesce((curves -> 0 ->> 'bytes')::bigint, 0) + coalesce((curves -> 1 ->> 'bytes')::bigint, 0) + coalesce((curves -> 2 ->> 'bytes')::bigint, 0)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "evaluation_bytes" bigint GENERATED ALWAYS AS (coalesce((evaluation ->> 'bytes')::bigint, 0)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "sparkline" json DEFAULT '[]'::json NOT NULL;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "duration_seconds" double precision GENERATED ALWAYS AS (extract(epoch from finished_at - started_at)::double precision) STORED;--> statement-breakpoint
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compute_day" ADD CONSTRAINT "compute_day_owner_id_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_created_by_user_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_accepted_by_user_id_fk" FOREIGN KEY ("accepted_by") REFERENCES "public"."user"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quota" ADD CONSTRAINT "quota_owner_id_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "invitation_created" ON "invitation" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "rate_limit_end" ON "rate_limit" USING btree ("ends_at");--> statement-breakpoint
CREATE INDEX "session_user" ON "session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "verification_identifier" ON "verification" USING btree ("identifier");--> statement-breakpoint
CREATE INDEX "run_owner_duration" ON "run" USING btree ("owner_id","duration_seconds" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "run_owner_name" ON "run" USING btree ("owner_id","name" collate "und-x-icu","id");--> statement-breakpoint
CREATE INDEX "run_queue" ON "run" USING btree ("owner_id","priority" DESC NULLS FIRST,"created_at","id") WHERE "run"."status" in ('queued', 'launching');--> statement-breakpoint
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_action_known" CHECK ("audit_event"."action" in ('key_made', 'key_revoked', 'worker_token_made', 'worker_token_revoked', 'dataset_deleted', 'dataset_version_deleted', 'run_deleted', 'webhook_made', 'webhook_deleted', 'webhook_secret_rotated', 'webhook_disabled', 'quota_changed', 'signed_up', 'signed_in', 'sign_in_failed', 'signed_out_everywhere', 'session_ended', 'password_changed', 'password_reset', 'role_changed', 'user_disabled', 'user_enabled', 'invitation_made', 'invitation_revoked'));