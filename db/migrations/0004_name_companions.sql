ALTER TABLE "run" ADD COLUMN "companion_of" text;--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "companion_kind" text;--> statement-breakpoint
ALTER TABLE "run" ADD CONSTRAINT "run_companion_of_run_id_fk" FOREIGN KEY ("companion_of") REFERENCES "public"."run"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run" ADD CONSTRAINT "run_companion_once" UNIQUE("companion_of","companion_kind");--> statement-breakpoint
ALTER TABLE "run" ADD CONSTRAINT "run_companion_kind_known" CHECK ("run"."companion_kind" in ('linear_probe', 'scratch'));--> statement-breakpoint
ALTER TABLE "run" ADD CONSTRAINT "run_companion_kind_named" CHECK ("run"."companion_of" is null or "run"."companion_kind" is not null);