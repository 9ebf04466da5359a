import type { ExportCompanion, ExportFormat } from '@thaw/contract/exports';
import type { RunSpec } from '@thaw/contract/runSpec';
import type { TaskFailureCode } from '@thaw/contract/taskFailures';
import { taskKind, type TaskFileName, type TaskFindings, type TaskKind } from '@thaw/contract/tasks';
import { taskStatus, type TaskStatus } from '@thaw/contract/taskStatus';
import { sql } from 'drizzle-orm';
import { bigint, check, foreignKey, index, integer, json, pgTable, text } from 'drizzle-orm/pg-core';
import { checkpoint } from './checkpoint.ts';
import { moment } from './columns.ts';
import { datasetVersion } from './datasetVersion.ts';
import { run } from './run.ts';
import { user } from './user.ts';

export type TaskInput =
  | { kind: 'export'; epoch: number; step: number; format: ExportFormat; with: ExportCompanion[] }
  | { kind: 'preview'; spec: RunSpec; images: number; draws: number };

export interface TaskResult {
  files: { name: TaskFileName; key: string; bytes: number; sha256: string }[];
  findings: TaskFindings;
}

/** A short job for the trainer's own code, and its place in the queue: the row is the queue, as with runs. */
export const task = pgTable(
  'task',
  {
    id: text('id').primaryKey(),
    ownerId: text('owner_id').notNull().references(() => user.id, { onDelete: 'cascade' }),
    kind: text('kind').$type<TaskKind>().notNull(),
    /** What it is about, and goes with: an export's run, a preview's version of a data set. */
    runId: text('run_id').references(() => run.id, { onDelete: 'cascade' }),
    datasetId: text('dataset_id'),
    datasetVersion: integer('dataset_version'),
    /** What is exported; null for what a run starts from, and where the checkpoint has given way to newer ones since. */
    checkpointId: bigint('checkpoint_id', { mode: 'number' }).references(() => checkpoint.id, { onDelete: 'set null' }),
    input: json('input').$type<TaskInput>().notNull(),
    /** SHA-256 of all that decides what comes out: who asks for the same gets the same. */
    cacheKey: text('cache_key').notNull().unique(),
    status: text('status').$type<TaskStatus>().notNull().default('queued'),

    /** Not to be claimed earlier: the pause after a failure. */
    availableAt: moment('available_at').notNull().defaultNow(),
    /** When a worker was started for it, while `launching`. */
    launchedAt: moment('launched_at'),
    /** Number of the current or last attempt. */
    attempt: integer('attempt').notNull().default(0),
    /** Attempts and launches in a row that ended without a result. */
    attemptsInVain: integer('attempts_in_vain').notNull().default(0),
    leaseExpiresAt: moment('lease_expires_at'),
    result: json('result').$type<TaskResult>(),
    /** Of all its files in the storage. */
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    failure: json('failure').$type<{ code: TaskFailureCode; message: string }>(),

    createdAt: moment('created_at').notNull().defaultNow(),
    /** When it was last asked for: previews that nobody asks for are swept away. */
    touchedAt: moment('touched_at').notNull().defaultNow(),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    foreignKey({ columns: [table.datasetId, table.datasetVersion], foreignColumns: [datasetVersion.datasetId, datasetVersion.version] }).onDelete('cascade'),
    check('task_kind_known', sql`${table.kind} in (${sql.raw(taskKind.options.map((kind) => `'${kind}'`).join(', '))})`),
    check('task_status_known', sql`${table.status} in (${sql.raw(taskStatus.options.map((status) => `'${status}'`).join(', '))})`),
    check('task_export_of_run', sql`(${table.kind} = 'export') = (${table.runId} is not null)`),
    check('task_preview_of_version', sql`(${table.kind} = 'preview') = (${table.datasetId} is not null and ${table.datasetVersion} is not null)`),
    check('task_lease_while_running', sql`(${table.status} = 'running') = (${table.leaseExpiresAt} is not null)`),
    check('task_launched_while_launching', sql`(${table.status} = 'launching') = (${table.launchedAt} is not null)`),
    check('task_finished_when_terminal', sql`(${table.status} in ('succeeded', 'failed')) = (${table.finishedAt} is not null)`),
    check('task_result_when_succeeded', sql`(${table.status} = 'succeeded') = (${table.result} is not null)`),
    check('task_failure_when_failed', sql`(${table.status} = 'failed') = (${table.failure} is not null)`),
    index('task_queue').on(table.ownerId, sql`(${table.kind} <> 'preview')`, table.createdAt, table.id).where(sql`${table.status} in ('queued', 'launching')`),
    index('task_lease').on(table.leaseExpiresAt).where(sql`${table.status} = 'running'`),
    index('task_owner').on(table.ownerId, table.status),
    index('task_served').on(table.ownerId, table.startedAt),
    index('task_run').on(table.runId, table.createdAt),
    index('task_version').on(table.datasetId, table.datasetVersion),
    index('task_checkpoint').on(table.checkpointId),
    index('task_preview_touched').on(table.touchedAt).where(sql`${table.kind} = 'preview'`),
  ],
);
export type TaskRow = typeof task.$inferSelect;
