import { knownMigrations, tablesAfter, type Migration } from '@thaw/db/migrations';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import copy from 'pg-copy-streams';
import { StackError } from '../stack/stackError.ts';
import { tableFile } from './backupFolder.ts';
import type { BackupManifest } from './manifest.ts';
import { namedObjects, type NamedObject } from './namedObjects.ts';
import { packFile } from './packedFile.ts';

export interface TableSnapshot extends Pick<BackupManifest, 'madeAt' | 'migration' | 'tables' | 'sequences'> {
  named: NamedObject[];
}

const quote = pg.escapeIdentifier;

/**
 * Writes all tables as they are at one moment into `snapshot/tables`, while everything else may go on, and finds the objects that they name.
 * @throws StackError where the schema is none that this version of Thaw knows
 */
export async function takeSnapshot(client: pg.Client, snapshot: string, signal: AbortSignal): Promise<TableSnapshot> {
  mkdirSync(path.join(snapshot, 'tables'), { mode: 0o700 });
  await client.query('begin isolation level repeatable read, read only');
  try {
    const migration = await requireKnown(client);
    const { rows: moments } = await client.query<{ now: Date }>('select now()');
    const [names, tables] = [tablesAfter(migration), [] as BackupManifest['tables']];
    for (const name of names) {
      const columns = await storedColumns(client, name);
      const rows = client.query(copy.to(`copy public.${quote(name)} (${columns.map(quote).join(', ')}) to stdout`));
      tables.push({ name, columns, file: await packFile(rows, tableFile(snapshot, name), signal) });
    }
    const found = { sequences: await readSequences(client, names), named: await namedObjects(client) };
    return { madeAt: (moments[0]?.now ?? new Date()).toISOString(), migration: { tag: migration.tag, hash: migration.hash }, tables, ...found };
  } finally {
    await client.query('rollback').catch(() => undefined);
  }
}

/** The step of the schema at which the database is, also where this version of Thaw has newer ones. */
async function requireKnown(client: pg.Client): Promise<Migration> {
  const { rows: there } = await client.query<{ there: boolean }>(`select to_regclass('drizzle.__drizzle_migrations') is not null as there`);
  if (there[0]?.there !== true) throw new StackError('There is no Thaw in this database: it has no schema. Check DATABASE_URL.');
  const { rows } = await client.query<{ hash: string }>('select hash from drizzle.__drizzle_migrations order by created_at desc limit 1');
  const known = knownMigrations().find(({ hash }) => hash === rows[0]?.hash);
  if (known === undefined) throw new StackError('The database has the schema of a newer or another version of Thaw. Make backups with the version that runs on it.');
  return known;
}

/** Without those that the database computes by itself. */
async function storedColumns(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = to_regclass('public.' || quote_ident($1)) and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}

async function readSequences(client: pg.Client, tables: readonly string[]): Promise<BackupManifest['sequences']> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(
    `select c.relname as table, a.attname as column, pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) as sequence
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind = 'r' and a.attidentity <> '' and c.relname = any($1) order by 1, 2`,
    [tables],
  );
  const sequences = [];
  for (const { table, column, sequence } of rows) {
    const { rows: states } = await client.query<{ last: string }>(`select case when is_called then last_value else 0 end as last from ${sequence}`);
    sequences.push({ table, column, last: Number(states[0]?.last ?? 0) });
  }
  return sequences;
}
