CREATE TABLE "audit_event" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_event_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"owner_id" text NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"details" json NOT NULL,
	CONSTRAINT "audit_event_action_known" CHECK ("audit_event"."action" in ('key_made', 'key_revoked', 'dataset_deleted', 'dataset_version_deleted', 'run_deleted'))
);
--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "notes" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "edition" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "preset" text GENERATED ALWAYS AS ((spec ->> 'preset')) STORED;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "best_accuracy" double precision GENERATED ALWAYS AS (coalesce((result -> 'bestTest' ->> 'accuracy')::double precision, (result -> 'best' ->> 'accuracy')::double precision)) STORED;--> statement-breakpoint
CREATE INDEX "audit_event_owner" ON "audit_event" USING btree ("owner_id","id");--> statement-breakpoint
CREATE INDEX "run_owner_finished" ON "run" USING btree ("owner_id","finished_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "run_owner_accuracy" ON "run" USING btree ("owner_id","best_accuracy" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "run_status" ON "run" USING btree ("status");