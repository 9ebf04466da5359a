CREATE TABLE "api_key" (
	"id" text PRIMARY KEY NOT NULL,
	"owner_id" text NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_key_prefix_unique" UNIQUE("prefix")
);
--> statement-breakpoint
CREATE TABLE "attempt" (
	"run_id" text NOT NULL,
	"number" integer NOT NULL,
	"token_hash" text NOT NULL,
	"worker_id" text,
	"resumed_from_step" integer,
	"progressed" boolean DEFAULT false NOT NULL,
	"outcome" text,
	"failure" json,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "attempt_run_id_number_pk" PRIMARY KEY("run_id","number"),
	CONSTRAINT "attempt_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "attempt_outcome_known" CHECK ("attempt"."outcome" in ('succeeded', 'stopped', 'failed', 'lost')),
	CONSTRAINT "attempt_number_positive" CHECK ("attempt"."number" > 0)
);
--> statement-breakpoint
CREATE TABLE "checkpoint" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "checkpoint_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"epoch" integer NOT NULL,
	"step" integer NOT NULL,
	"best" boolean NOT NULL,
	"files" json NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "checkpoint_once" UNIQUE("run_id","attempt","step")
);
--> statement-breakpoint
CREATE TABLE "dataset" (
	"id" text PRIMARY KEY NOT NULL,
	"owner_id" text,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dataset_version" (
	"dataset_id" text NOT NULL,
	"version" integer NOT NULL,
	"manifest_key" text NOT NULL,
	"manifest" json NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dataset_version_dataset_id_version_pk" PRIMARY KEY("dataset_id","version"),
	CONSTRAINT "dataset_version_positive" CHECK ("dataset_version"."version" > 0)
);
--> statement-breakpoint
CREATE TABLE "metric_batch" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "metric_batch_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"seq" integer NOT NULL,
	"events" json NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "metric_batch_once" UNIQUE("run_id","attempt","seq")
);
--> statement-breakpoint
CREATE TABLE "run" (
	"id" text PRIMARY KEY NOT NULL,
	"owner_id" text NOT NULL,
	"name" text NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"spec" json NOT NULL,
	"dataset_id" text NOT NULL,
	"dataset_version" integer NOT NULL,
	"weights_id" text,
	"idempotency_key" text,
	"request_hash" text,
	"priority" integer DEFAULT 0 NOT NULL,
	"available_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"launched_at" timestamp (3) with time zone,
	"stop_requested_at" timestamp (3) with time zone,
	"attempt" integer DEFAULT 0 NOT NULL,
	"attempts_without_progress" integer DEFAULT 0 NOT NULL,
	"progress_step" integer DEFAULT -1 NOT NULL,
	"lease_expires_at" timestamp (3) with time zone,
	"epoch" integer DEFAULT 0 NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"steps_per_epoch" integer,
	"device" text,
	"last_epoch" json,
	"result" json,
	"failure" json,
	"curves" json DEFAULT '[]'::json NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "run_owner_idempotency_key" UNIQUE("owner_id","idempotency_key"),
	CONSTRAINT "run_status_known" CHECK ("run"."status" in ('queued', 'launching', 'running', 'succeeded', 'failed', 'cancelled')),
	CONSTRAINT "run_lease_while_running" CHECK (("run"."status" = 'running') = ("run"."lease_expires_at" is not null)),
	CONSTRAINT "run_launched_while_launching" CHECK (("run"."status" = 'launching') = ("run"."launched_at" is not null)),
	CONSTRAINT "run_finished_when_terminal" CHECK (("run"."status" in ('succeeded', 'failed', 'cancelled')) = ("run"."finished_at" is not null)),
	CONSTRAINT "run_failure_when_failed" CHECK (("run"."status" = 'failed') = ("run"."failure" is not null))
);
--> statement-breakpoint
CREATE TABLE "user" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "weights" (
	"id" text PRIMARY KEY NOT NULL,
	"owner_id" text,
	"name" text NOT NULL,
	"key" text NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "weights_owner_name_sha256" UNIQUE NULLS NOT DISTINCT("owner_id","name","sha256")
);
--> statement-breakpoint
CREATE TABLE "worker" (
	"id" text PRIMARY KEY NOT NULL,
	"api_key_id" text NOT NULL,
	"name" text NOT NULL,
	"device_type" text NOT NULL,
	"device_name" text NOT NULL,
	"first_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "worker_token_name" UNIQUE("api_key_id","name")
);
--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_owner_id_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_run_id_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."run"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_worker_id_worker_id_fk" FOREIGN KEY ("worker_id") REFERENCES "public"."worker"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoint" ADD CONSTRAINT "checkpoint_run_id_attempt_attempt_run_id_number_fk" FOREIGN KEY ("run_id","attempt") REFERENCES "public"."attempt"("run_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset" ADD CONSTRAINT "dataset_owner_id_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_batch" ADD CONSTRAINT "metric_batch_run_id_attempt_attempt_run_id_number_fk" FOREIGN KEY ("run_id","attempt") REFERENCES "public"."attempt"("run_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run" ADD CONSTRAINT "run_owner_id_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run" ADD CONSTRAINT "run_weights_id_weights_id_fk" FOREIGN KEY ("weights_id") REFERENCES "public"."weights"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run" ADD CONSTRAINT "run_dataset_id_dataset_version_dataset_version_dataset_id_version_fk" FOREIGN KEY ("dataset_id","dataset_version") REFERENCES "public"."dataset_version"("dataset_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weights" ADD CONSTRAINT "weights_owner_id_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "worker" ADD CONSTRAINT "worker_api_key_id_api_key_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_key"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_key_owner" ON "api_key" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "attempt_worker_open" ON "attempt" USING btree ("worker_id") WHERE "attempt"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "dataset_owner" ON "dataset" USING btree ("owner_id","created_at");--> statement-breakpoint
CREATE INDEX "metric_batch_stream" ON "metric_batch" USING btree ("run_id","id");--> statement-breakpoint
CREATE INDEX "run_queue" ON "run" USING btree ("priority" DESC NULLS FIRST,"created_at","id") WHERE "run"."status" in ('queued', 'launching');--> statement-breakpoint
CREATE INDEX "run_lease" ON "run" USING btree ("lease_expires_at") WHERE "run"."status" = 'running';--> statement-breakpoint
CREATE INDEX "run_owner_list" ON "run" USING btree ("owner_id","created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "run_owner_active" ON "run" USING btree ("owner_id") WHERE "run"."status" in ('launching', 'running');--> statement-breakpoint
CREATE INDEX "run_dataset" ON "run" USING btree ("dataset_id","dataset_version");--> statement-breakpoint
CREATE INDEX "run_weights" ON "run" USING btree ("weights_id");