CREATE TABLE "metric_chunk" (
	"run_id" text NOT NULL,
	"number" integer NOT NULL,
	"first_index" integer NOT NULL,
	"rows" integer NOT NULL,
	"first_step" integer NOT NULL,
	"last_step" integer NOT NULL,
	"reach" integer NOT NULL,
	"batch_id" bigint NOT NULL,
	"event_index" integer NOT NULL,
	"epochs" json NOT NULL,
	"points" "bytea" NOT NULL,
	"picks" "bytea" NOT NULL,
	CONSTRAINT "metric_chunk_run_id_number_pk" PRIMARY KEY("run_id","number")
);
--> statement-breakpoint
ALTER TABLE "metric_chunk" ADD CONSTRAINT "metric_chunk_run_id_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."run"("id") ON DELETE cascade ON UPDATE no action;