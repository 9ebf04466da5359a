ALTER TABLE "run" ADD COLUMN "claimed_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "run_owner_served" ON "run" USING btree ("owner_id","claimed_at" DESC NULLS LAST);