-- What attempts from before have used, by day. Those whose worker is forgotten count as a CPU's.
UPDATE "attempt" SET "device" = "worker"."device_type" FROM "worker" WHERE "worker"."id" = "attempt"."worker_id";--> statement-breakpoint
INSERT INTO "compute_day" ("owner_id", "day", "device", "seconds")
SELECT "run"."owner_id", "days"."day", coalesce("attempt"."device", 'cpu'),
  sum(extract(epoch from least("attempt"."finished_at", ("days"."day" + 1)::timestamp at time zone 'UTC') - greatest("attempt"."started_at", "days"."day"::timestamp at time zone 'UTC')))
FROM "attempt" JOIN "run" ON "run"."id" = "attempt"."run_id",
  LATERAL (SELECT "moment"::date AS "day" FROM generate_series(date_trunc('day', "attempt"."started_at" at time zone 'UTC'), "attempt"."finished_at" at time zone 'UTC', interval '1 day') AS "moment") AS "days"
GROUP BY 1, 2, 3;
