import { GetObjectCommand, ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { inParallel } from '@thaw/api/storage/inParallel';
import { knownMigrations, tablesAfter } from '@thaw/db/migrations';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import pg from 'pg';
import type { BackupManifest, ObjectEntry } from '../backup/manifest.ts';
import { isMissing, lanes, patiently, type Bucket } from '../backup/objectStore.ts';
import { UsageError } from '../stack/stackError.ts';

/** All that Thaw stores lies under these. */
const prefixes = ['datasets/', 'runs/', 'weights/'] as const;

/** @throws UsageError where the database has rows of Thaw, a schema beyond the backup's, or processes of Thaw at work on it */
export async function requireEmptyDatabase(client: pg.Client, { migration }: BackupManifest): Promise<void> {
  const { rows: others } = await client.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity where datname = current_database() and application_name like 'thaw-%' and application_name not in ('thaw-restore', 'thaw-migrate')`,
  );
  if (others[0] !== undefined) throw new UsageError(`${others.map(({ name }) => name).join(', ')} is at work on this database. Stop everything of Thaw's, and restore into an empty database.`);
  const { rows: there } = await client.query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public' and tablename = any($1)`, [tablesAfter(newest())]);
  for (const { name } of there) {
    const { rows } = await client.query<{ used: boolean }>(`select exists (select from public.${pg.escapeIdentifier(name)}) as used`);
    if (rows[0]?.used === true) throw new UsageError(`The database is in use: its table ${name} has rows. Restore into an empty one (createdb, or a new state folder with --state): nothing is overwritten.`);
  }
  if (there.length === 0) return;
  const { rows: applied } = await client.query<{ when: string }>('select created_at as when from drizzle.__drizzle_migrations order by created_at desc limit 1');
  const allowed = knownMigrations().find(({ tag }) => tag === migration.tag)?.when ?? 0;
  if (Number(applied[0]?.when ?? 0) > allowed) throw new UsageError(`The database has no rows, but a newer schema than the backup (${migration.tag}). Restore into a new one: the schema is brought up to date afterwards.`);
}

function newest() {
  const last = knownMigrations().at(-1);
  if (last === undefined) throw new Error('There are no migrations.');
  return last;
}

/**
 * What of the backup is in the storage already, with the very same bytes: a restore that was cut off left it.
 * @throws UsageError where the storage has anything else
 */
export async function requireEmptyStorage(bucket: Bucket, objects: readonly ObjectEntry[], signal: AbortSignal): Promise<Set<string>> {
  const expected = new Map(objects.map((entry) => [entry.key, entry]));
  const there: ObjectEntry[] = [];
  const refuse = (key: string): UsageError => new UsageError(`The bucket ${bucket.name} is in use: it holds ${key}. Restore into an empty one (S3_BUCKET): nothing is overwritten.`);
  for (const Prefix of prefixes) {
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await listPage(bucket, { Prefix, ContinuationToken }, signal);
      for (const { Key = '', Size } of page.Contents ?? []) {
        const entry = expected.get(Key);
        if (entry === undefined || entry.sha256 === null || entry.bytes !== Size) throw refuse(Key);
        there.push(entry);
      }
      ContinuationToken = page.NextContinuationToken;
      if (page.IsTruncated !== true || ContinuationToken === undefined) break;
    }
  }
  await inParallel(there, lanes, async ({ key, sha256 }) => {
    if ((await hashObject(bucket, key, signal)) !== sha256) throw refuse(key);
  });
  return new Set(there.map(({ key }) => key));
}

/** A bucket that is not there yet is empty. */
async function listPage({ client, name }: Bucket, from: { Prefix: string; ContinuationToken: string | undefined }, signal: AbortSignal): Promise<Partial<ListObjectsV2CommandOutput>> {
  try {
    return await patiently(() => client.send(new ListObjectsV2Command({ Bucket: name, ...from })), signal);
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
}

const hashObject = ({ client, name }: Bucket, key: string, signal: AbortSignal): Promise<string> =>
  patiently(async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }), { abortSignal: signal });
    const hash = createHash('sha256');
    for await (const chunk of Body as Readable) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }, signal);
