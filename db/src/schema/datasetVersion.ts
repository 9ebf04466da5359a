import { versionStatus, type DatasetEdits, type DatasetManifest, type IngestOptions, type IngestProgress, type VersionStatus } from '@thaw/contract/datasets';
import type { IngestFailureCode } from '@thaw/contract/ingestFailures';
import type { Remedy } from '@thaw/contract/report';
import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { dataset } from './dataset.ts';

/** What a version is made of. */
export type VersionSource = { kind: 'upload'; upload: string } | { kind: 'edit'; from: number; remedies: Remedy[]; edits: DatasetEdits } | { kind: 'builtin' };

/** images.ndjson of a version; null in versions that have none. */
export interface StoredImages {
  key: string;
  bytes: number;
  sha256: string;
}

/**
 * A version of a data set, and its import: the row is the queue. Once it is ready it is immutable, and its files are complete in
 * the storage before the row says so.
 */
export const datasetVersion = pgTable(
  'dataset_version',
  {
    datasetId: text('dataset_id').notNull().references(() => dataset.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    status: text('status').$type<VersionStatus>().notNull().default('queued'),
    source: json('source').$type<VersionSource>().notNull(),
    options: json('options').$type<IngestOptions>().notNull(),
    /** Null until it is ready, as the three after it. */
    manifestKey: text('manifest_key'),
    manifest: json('manifest').$type<DatasetManifest>(),
    images: json('images').$type<StoredImages>(),
    /** In the storage: of its packs, of which there are three at most, and of images.ndjson. */
    bytes: bigint('bytes', { mode: 'number' })
      .notNull()
      .generatedAlwaysAs(
        sql`coalesce((manifest #>> '{packs,0,bytes}')::bigint, 0) + coalesce((manifest #>> '{packs,1,bytes}')::bigint, 0) + coalesce((manifest #>> '{packs,2,bytes}')::bigint, 0) + coalesce((images ->> 'bytes')::bigint, 0)`,
      ),
    quarantined: integer('quarantined').notNull().default(0),

    /** Not to be claimed earlier: the pause after a failure. */
    availableAt: moment('available_at').notNull().defaultNow(),
    /** When a worker was started for it, while `launching`. */
    launchedAt: moment('launched_at'),
    stopRequestedAt: moment('stop_requested_at'),
    /** Number of the current or last attempt. */
    attempt: integer('attempt').notNull().default(0),
    /** Attempts and launches in a row that ended without a result. */
    attemptsInVain: integer('attempts_in_vain').notNull().default(0),
    leaseExpiresAt: moment('lease_expires_at'),
    progress: json('progress').$type<IngestProgress>(),
    failure: json('failure').$type<{ code: IngestFailureCode; message: string }>(),

    createdAt: moment('created_at').notNull().defaultNow(),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.datasetId, table.version] }),
    check('dataset_version_positive', sql`${table.version} > 0`),
    check('dataset_version_status_known', sql`${table.status} in (${sql.raw(versionStatus.options.map((status) => `'${status}'`).join(', '))})`),
    check('dataset_version_manifest_when_ready', sql`(${table.status} = 'ready') = (${table.manifest} is not null and ${table.manifestKey} is not null)`),
    check('dataset_version_lease_while_importing', sql`(${table.status} = 'importing') = (${table.leaseExpiresAt} is not null)`),
    check('dataset_version_launched_while_launching', sql`(${table.status} = 'launching') = (${table.launchedAt} is not null)`),
    check('dataset_version_finished_when_terminal', sql`(${table.status} in ('ready', 'failed', 'cancelled')) = (${table.finishedAt} is not null)`),
    check('dataset_version_failure_when_failed', sql`(${table.status} = 'failed') = (${table.failure} is not null)`),
    index('dataset_version_queue').on(table.createdAt, table.datasetId, table.version).where(sql`${table.status} in ('queued', 'launching')`),
    index('dataset_version_lease').on(table.leaseExpiresAt).where(sql`${table.status} = 'importing'`),
  ],
);
export type DatasetVersionRow = typeof datasetVersion.$inferSelect;
