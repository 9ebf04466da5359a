CREATE TABLE "dataset_image" (
	"dataset_id" text NOT NULL,
	"version" integer NOT NULL,
	"split" text NOT NULL,
	"row" integer NOT NULL,
	"class" text NOT NULL,
	"path" text NOT NULL,
	"sha256" text NOT NULL,
	"phash" text,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"issues" text[] NOT NULL,
	"duplicate_of_split" text,
	"duplicate_of_row" integer,
	CONSTRAINT "dataset_image_dataset_id_version_split_row_pk" PRIMARY KEY("dataset_id","version","split","row")
);
--> statement-breakpoint
CREATE TABLE "quarantined_file" (
	"dataset_id" text NOT NULL,
	"version" integer NOT NULL,
	"seq" integer NOT NULL,
	"position" integer NOT NULL,
	"path" text NOT NULL,
	"code" text NOT NULL,
	"message" text NOT NULL,
	CONSTRAINT "quarantined_file_dataset_id_version_seq_position_pk" PRIMARY KEY("dataset_id","version","seq","position")
);
--> statement-breakpoint
CREATE TABLE "ingest_attempt" (
	"dataset_id" text NOT NULL,
	"version" integer NOT NULL,
	"number" integer NOT NULL,
	"token_hash" text NOT NULL,
	"worker_id" text,
	"places" json DEFAULT '[]'::json NOT NULL,
	"outcome" text,
	"failure" json,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "ingest_attempt_dataset_id_version_number_pk" PRIMARY KEY("dataset_id","version","number"),
	CONSTRAINT "ingest_attempt_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "ingest_attempt_outcome_known" CHECK ("ingest_attempt"."outcome" in ('ready', 'stopped', 'failed', 'lost')),
	CONSTRAINT "ingest_attempt_number_positive" CHECK ("ingest_attempt"."number" > 0)
);
--> statement-breakpoint
CREATE TABLE "removal" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "removal_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"prefix" text NOT NULL,
	"storage_upload_id" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "upload" (
	"id" text PRIMARY KEY NOT NULL,
	"dataset_id" text NOT NULL,
	"file_name" text NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text,
	"options" json NOT NULL,
	"key" text NOT NULL,
	"storage_upload_id" text NOT NULL,
	"part_bytes" integer NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"version" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"touched_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "upload_status_known" CHECK ("upload"."status" in ('open', 'completing', 'completed', 'dropped')),
	CONSTRAINT "upload_finished_when_terminal" CHECK (("upload"."status" in ('completed', 'dropped')) = ("upload"."finished_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "dataset_version" ALTER COLUMN "manifest_key" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ALTER COLUMN "manifest" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset" ADD COLUMN "last_version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "status" text DEFAULT 'queued' NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "source" json DEFAULT '{"kind":"builtin"}' NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ALTER COLUMN "source" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "options" json DEFAULT '{"imageSize":32,"testFraction":0.2,"seed":0,"fileNames":"auto"}' NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ALTER COLUMN "options" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "images" json;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "quarantined" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "available_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "launched_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "stop_requested_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "attempt" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "attempts_in_vain" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "lease_expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "progress" json;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "failure" json;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "started_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "dataset_version" ADD COLUMN "finished_at" timestamp (3) with time zone;--> statement-breakpoint
-- Versions of before were written once they were complete.
UPDATE "dataset_version" SET "status" = 'ready', "finished_at" = "created_at";--> statement-breakpoint
UPDATE "dataset" SET "last_version" = coalesce((SELECT max("version") FROM "dataset_version" WHERE "dataset_id" = "dataset"."id"), 0);--> statement-breakpoint
ALTER TABLE "dataset_image" ADD CONSTRAINT "dataset_image_dataset_id_version_dataset_version_dataset_id_version_fk" FOREIGN KEY ("dataset_id","version") REFERENCES "public"."dataset_version"("dataset_id","version") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quarantined_file" ADD CONSTRAINT "quarantined_file_dataset_id_version_dataset_version_dataset_id_version_fk" FOREIGN KEY ("dataset_id","version") REFERENCES "public"."dataset_version"("dataset_id","version") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ingest_attempt" ADD CONSTRAINT "ingest_attempt_worker_id_worker_id_fk" FOREIGN KEY ("worker_id") REFERENCES "public"."worker"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ingest_attempt" ADD CONSTRAINT "ingest_attempt_dataset_id_version_dataset_version_dataset_id_version_fk" FOREIGN KEY ("dataset_id","version") REFERENCES "public"."dataset_version"("dataset_id","version") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "upload" ADD CONSTRAINT "upload_dataset_id_dataset_id_fk" FOREIGN KEY ("dataset_id") REFERENCES "public"."dataset"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dataset_image_class" ON "dataset_image" USING btree ("dataset_id","version","class","split","row");--> statement-breakpoint
CREATE INDEX "dataset_image_issues" ON "dataset_image" USING btree ("dataset_id","version","split","row") WHERE "dataset_image"."issues" <> '{}';--> statement-breakpoint
CREATE INDEX "ingest_attempt_worker_open" ON "ingest_attempt" USING btree ("worker_id") WHERE "ingest_attempt"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "upload_dataset" ON "upload" USING btree ("dataset_id");--> statement-breakpoint
CREATE INDEX "upload_open" ON "upload" USING btree ("touched_at") WHERE "upload"."status" in ('open', 'completing');--> statement-breakpoint
CREATE INDEX "dataset_version_queue" ON "dataset_version" USING btree ("created_at","dataset_id","version") WHERE "dataset_version"."status" in ('queued', 'launching');--> statement-breakpoint
CREATE INDEX "dataset_version_lease" ON "dataset_version" USING btree ("lease_expires_at") WHERE "dataset_version"."status" = 'importing';--> statement-breakpoint
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_status_known" CHECK ("dataset_version"."status" in ('queued', 'launching', 'importing', 'ready', 'failed', 'cancelled'));--> statement-breakpoint
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_manifest_when_ready" CHECK (("dataset_version"."status" = 'ready') = ("dataset_version"."manifest" is not null and "dataset_version"."manifest_key" is not null));--> statement-breakpoint
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_lease_while_importing" CHECK (("dataset_version"."status" = 'importing') = ("dataset_version"."lease_expires_at" is not null));--> statement-breakpoint
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_launched_while_launching" CHECK (("dataset_version"."status" = 'launching') = ("dataset_version"."launched_at" is not null));--> statement-breakpoint
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_finished_when_terminal" CHECK (("dataset_version"."status" in ('ready', 'failed', 'cancelled')) = ("dataset_version"."finished_at" is not null));--> statement-breakpoint
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_failure_when_failed" CHECK (("dataset_version"."status" = 'failed') = ("dataset_version"."failure" is not null));