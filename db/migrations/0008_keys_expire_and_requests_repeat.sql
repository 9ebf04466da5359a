CREATE TABLE "idempotent_request" (
	"owner_id" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"holder" text NOT NULL,
	"lease_expires_at" timestamp (3) with time zone NOT NULL,
	"done_at" timestamp (3) with time zone,
	"status" integer,
	"headers" json,
	"body" text,
	"withheld" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotent_request_owner_id_key_pk" PRIMARY KEY("owner_id","key"),
	CONSTRAINT "idempotent_request_answer" CHECK (("idempotent_request"."status" is null) = ("idempotent_request"."body" is null) and ("idempotent_request"."status" is null) = ("idempotent_request"."headers" is null)),
	CONSTRAINT "idempotent_request_withheld" CHECK ("idempotent_request"."withheld" is null or "idempotent_request"."status" is null)
);
--> statement-breakpoint
ALTER TABLE "audit_event" DROP CONSTRAINT "audit_event_action_known";--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "idempotent_request" ADD CONSTRAINT "idempotent_request_owner_id_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotent_request_created" ON "idempotent_request" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_action_known" CHECK ("audit_event"."action" in ('key_made', 'key_revoked', 'worker_token_made', 'worker_token_revoked', 'dataset_deleted', 'dataset_version_deleted', 'run_deleted'));