DROP INDEX "run_lease";--> statement-breakpoint
DROP INDEX "run_owner_active";--> statement-breakpoint
CREATE INDEX "run_owner_active" ON "run" USING btree ("owner_id","status") WHERE "run"."status" in ('launching', 'running');--> statement-breakpoint
ALTER TABLE "run" SET (fillfactor = 50);