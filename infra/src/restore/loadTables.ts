import pg from 'pg';
import copy from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tableFile } from '../backup/backupFolder.ts';
import { unpackFile } from '../backup/packedFile.ts';
import { UsageError } from '../stack/stackError.ts';
import type { OpenBackup } from './verifyBackup.ts';

const quote = pg.escapeIdentifier;

export interface Loaded {
  rows: number;
  /** Rows of checkpoints whose files the storage did not have when the backup was made. */
  checkpointsLeftOut: number;
  /** Uploads that were under way: their parts are where they were sent. */
  uploadsDropped: number;
}

/** Loads all rows in one transaction, after which the database is whole or as empty as before. */
export async function loadTables(client: pg.Client, { snapshot, manifest, objects }: OpenBackup, signal: AbortSignal): Promise<Loaded> {
  await client.query('begin');
  try {
    const foreignKeys = await dropForeignKeys(client);
    let rows = 0;
    for (const { name, columns, file } of manifest.tables) {
      const into = client.query(copy.from(`copy public.${quote(name)} (${columns.map(quote).join(', ')}) from stdin`));
      await pipeline(Readable.from(unpackFile(tableFile(snapshot, name), file)), into, { signal });
      if (into.rowCount !== file.lines) throw new UsageError(`The table ${name} of the backup has ${into.rowCount} rows instead of ${file.lines}.`);
      rows += file.lines;
    }
    // What refers to a row that is not there is found now.
    for (const { table, name, definition } of foreignKeys) await client.query(`alter table public.${quote(table)} add constraint ${quote(name)} ${definition}`);
    for (const { table, column, last } of manifest.sequences) {
      const sequence = `pg_get_serial_sequence('public.' || quote_ident($1), $2)`;
      if (last > 0) await client.query(`select setval(${sequence}, greatest($3::bigint, (select max(${quote(column)}) from public.${quote(table)})))`, [table, column, last]);
    }
    const missing = objects.flatMap(({ key, sha256 }) => (sha256 === null ? [key] : []));
    const checkpointsLeftOut = missing.length === 0 ? 0 : await leaveOutCheckpoints(client, missing);
    // The time of an attempt that was under way is counted until its lease runs out here: not for the days in between.
    await client.query('update attempt set started_at = started_at + (now() - $1::timestamptz) where finished_at is null', [manifest.madeAt]);
    const { rowCount } = await client.query(`update upload set status = 'dropped', finished_at = now() where status in ('open', 'completing')`);
    await client.query('commit');
    return { rows, checkpointsLeftOut, uploadsDropped: rowCount ?? 0 };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    signal.throwIfAborted();
    throw error;
  }
}

/** Tables are then filled in any order, and what refers to what is checked once a table and not once a row. */
async function dropForeignKeys(client: pg.Client): Promise<{ table: string; name: string; definition: string }[]> {
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(
    `select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as definition
       from pg_constraint k join pg_class c on c.oid = k.conrelid where k.contype = 'f' and c.relnamespace = 'public'::regnamespace order by 1, 2`,
  );
  for (const { table, name } of rows) await client.query(`alter table public.${quote(table)} drop constraint ${quote(name)}`);
  return rows;
}

/** A run goes on from the newest checkpoint that is whole, or from its start. */
async function leaveOutCheckpoints(client: pg.Client, missing: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ run: string }>(
    `delete from checkpoint where exists (select from json_array_elements(files) f where f ->> 'key' = any($1)) returning run_id as run`,
    [missing],
  );
  await client.query('update run set progress_step = coalesce((select max(step) from checkpoint where run_id = run.id), -1) where id = any($1)', [rows.map(({ run }) => run)]);
  return rows.length;
}
