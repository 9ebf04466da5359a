import type { TrainedCompanion } from '@thaw/contract/companions';
import type { EpochRecord } from '@thaw/contract/events';
import type { FailureCode } from '@thaw/contract/failures';
import type { CurveFileName, Run, SparkPoint } from '@thaw/contract/runs';
import type { PresetName, RunSpec } from '@thaw/contract/runSpec';
import { runStatus, type RunStatus } from '@thaw/contract/runStatus';
import { sql } from 'drizzle-orm';
import { bigint, check, doublePrecision, foreignKey, index, integer, json, pgTable, text, unique, type AnyPgColumn } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { datasetVersion } from './datasetVersion.ts';
import { user } from './user.ts';
import { weights } from './weights.ts';

export interface StoredFile {
  key: string;
  bytes: number;
  sha256: string;
}
export interface StoredCurve extends StoredFile {
  name: CurveFileName;
}
export interface StoredEvaluation extends StoredFile {
  name: 'evaluation.json';
  /** What each image was taken for; runs of before that was kept have none. */
  predictions?: StoredFile & { name: 'predictions.safetensors' };
}

/**
 * A run: its recipe, where it stands, and its place in the queue. The row is the queue; there is no other.
 * JSON is kept as `json`, not `jsonb`: text from workers may hold \u0000, which jsonb refuses.
 *
 * No index holds what a worker's every word changes (lease, step, epoch), and pages are half empty (fillfactor, in a migration): such an
 * update stays in its page and leaves all indexes alone. Leases are looked through by status: as many run as there are workers.
 */
export const run = pgTable(
  'run',
  {
    id: text('id').primaryKey(),
    ownerId: text('owner_id').notNull().references(() => user.id),
    name: text('name').notNull(),
    tags: text('tags').array().notNull().default([]),
    notes: text('notes').notNull().default(''),
    /** Rises when its owner changes name, tags or notes: what If-Match is compared with. */
    edition: integer('edition').notNull().default(0),
    status: text('status').$type<RunStatus>().notNull().default('queued'),
    spec: json('spec').$type<RunSpec>().notNull(),
    preset: text('preset').$type<PresetName>().generatedAlwaysAs(sql`(spec ->> 'preset')`),
    datasetId: text('dataset_id').notNull(),
    datasetVersion: integer('dataset_version').notNull(),
    /** Null: random weights. */
    weightsId: text('weights_id').references(() => weights.id),
    /** The run that this one is to be compared with; null also once that is deleted. */
    companionOf: text('companion_of').references((): AnyPgColumn => run.id, { onDelete: 'set null' }),
    companionKind: text('companion_kind').$type<TrainedCompanion>(),
    idempotencyKey: text('idempotency_key'),
    /** SHA-256 of the request that came with the key. */
    requestHash: text('request_hash'),

    priority: integer('priority').notNull().default(0),
    /** Not to be claimed earlier: the pause after a failure. */
    availableAt: moment('available_at').notNull().defaultNow(),
    /** When a worker was started for it, while `launching`. */
    launchedAt: moment('launched_at'),
    stopRequestedAt: moment('stop_requested_at'),
    /** Number of the current or last attempt. */
    attempt: integer('attempt').notNull().default(0),
    /** Attempts and launches in a row, up to now, that brought no new checkpoint. */
    attemptsWithoutProgress: integer('attempts_without_progress').notNull().default(0),
    /** Furthest step that a checkpoint was recorded of; -1 before the first. */
    progressStep: integer('progress_step').notNull().default(-1),
    leaseExpiresAt: moment('lease_expires_at'),

    epoch: integer('epoch').notNull().default(0),
    step: integer('step').notNull().default(0),
    stepsPerEpoch: integer('steps_per_epoch'),
    device: text('device'),
    lastEpoch: json('last_epoch').$type<EpochRecord>(),
    result: json('result').$type<NonNullable<Run['result']>>(),
    /** Of its best checkpoint on the test part, or, where that was not measured, on what the run monitors. To sort by. */
    bestAccuracy: doublePrecision('best_accuracy').generatedAlwaysAs(
      sql`coalesce((result -> 'bestTest' ->> 'accuracy')::double precision, (result -> 'best' ->> 'accuracy')::double precision)`,
    ),
    failure: json('failure').$type<{ code: FailureCode; message: string }>(),
    curves: json('curves').$type<StoredCurve[]>().notNull().default([]),
    evaluation: json('evaluation').$type<StoredEvaluation>(),
    /** Of its curve files, of which there are three at most. */
    curveBytes: bigint('curve_bytes', { mode: 'number' })
      .notNull()
      .generatedAlwaysAs(sql`coalesce((curves -> 0 ->> 'bytes')::bigint, 0) + coalesce((curves -> 1 ->> 'bytes')::bigint, 0) + coalesce((curves -> 2 ->> 'bytes')::bigint, 0)`),
    evaluationBytes: bigint('evaluation_bytes', { mode: 'number' }).notNull().generatedAlwaysAs(sql`coalesce((evaluation ->> 'bytes')::bigint, 0) + coalesce((evaluation #>> '{predictions,bytes}')::bigint, 0)`),
    /** A few of its epochs, kept as they are told, so that lists need not read its log. */
    sparkline: json('sparkline').$type<SparkPoint[]>().notNull().default([]),

    createdAt: moment('created_at').notNull().defaultNow(),
    startedAt: moment('started_at'),
    /** When the current or last attempt began. */
    claimedAt: moment('claimed_at'),
    finishedAt: moment('finished_at'),
    /** From its first start to its end. To sort by. */
    durationSeconds: doublePrecision('duration_seconds').generatedAlwaysAs(sql`extract(epoch from finished_at - started_at)::double precision`),
  },
  (table) => [
    foreignKey({ columns: [table.datasetId, table.datasetVersion], foreignColumns: [datasetVersion.datasetId, datasetVersion.version] }),
    unique('run_owner_idempotency_key').on(table.ownerId, table.idempotencyKey),
    unique('run_companion_once').on(table.companionOf, table.companionKind),
    check('run_companion_kind_known', sql`${table.companionKind} in ('linear_probe', 'scratch')`),
    check('run_companion_kind_named', sql`${table.companionOf} is null or ${table.companionKind} is not null`),
    check('run_status_known', sql`${table.status} in (${sql.raw(runStatus.options.map((status) => `'${status}'`).join(', '))})`),
    // A run is running exactly while it has a lease: a run can neither run unwatched nor be taken back while it waits.
    check('run_lease_while_running', sql`(${table.status} = 'running') = (${table.leaseExpiresAt} is not null)`),
    check('run_launched_while_launching', sql`(${table.status} = 'launching') = (${table.launchedAt} is not null)`),
    check('run_finished_when_terminal', sql`(${table.status} in ('succeeded', 'failed', 'cancelled')) = (${table.finishedAt} is not null)`),
    check('run_failure_when_failed', sql`(${table.status} = 'failed') = (${table.failure} is not null)`),
    // Each owner's waiting runs in their order, and what decides whether they may be taken: counting them reads no row.
    index('run_queue')
      .on(table.ownerId, table.priority.desc().nullsFirst(), table.createdAt, table.id, table.availableAt, table.attempt)
      .where(sql`${table.status} in ('queued', 'launching')`),
    index('run_owner_served').on(table.ownerId, table.claimedAt.desc().nullsLast()),
    index('run_owner_list').on(table.ownerId, table.createdAt.desc().nullsFirst(), table.id.desc().nullsFirst()),
    index('run_owner_finished').on(table.ownerId, table.finishedAt.desc().nullsLast(), table.id.desc()),
    index('run_owner_accuracy').on(table.ownerId, table.bestAccuracy.desc().nullsLast(), table.id.desc()),
    index('run_owner_duration').on(table.ownerId, table.durationSeconds.desc().nullsLast(), table.id.desc()),
    index('run_owner_name').on(table.ownerId, sql`${table.name} collate "und-x-icu"`, table.id),
    // What is stored of an owner's runs is added up without reading them.
    index('run_owner_stored').on(table.ownerId, table.curveBytes, table.evaluationBytes).where(sql`${table.curveBytes} > 0 or ${table.evaluationBytes} > 0`),
    // Counts by status are read at every scrape of the metrics.
    index('run_status').on(table.status),
    index('run_owner_active').on(table.ownerId, table.status).where(sql`${table.status} in ('launching', 'running')`),
    index('run_dataset').on(table.datasetId, table.datasetVersion),
    index('run_weights').on(table.weightsId),
  ],
);
export type RunRow = typeof run.$inferSelect;
