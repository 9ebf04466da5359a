import { syncFolder } from '@thaw/formats/syncFolder';
import { advisoryLocks } from '@thaw/db/advisoryLocks';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type pg from 'pg';
import { formatBytes, formatCount, formatDuration } from '../demo/formatNumbers.ts';
import type { Screen } from '../demo/screen.ts';
import { StackError, UsageError } from '../stack/stackError.ts';
import { manifestFile, nameOfMoment, objectsFile, openBackupFolder, secretsFile, snapshotFolder } from './backupFolder.ts';
import { connectDatabase } from './connectDatabase.ts';
import { fingerprint, objectEntry, type BackupManifest, type ObjectEntry } from './manifest.ts';
import { openBucket } from './objectStore.ts';
import type { BackupArguments } from './backupArguments.ts';
import { secretsOf, type OpenState } from './openState.ts';
import { packFile } from './packedFile.ts';
import { pruneSnapshots } from './pruneSnapshots.ts';
import { storeObjects } from './storeObjects.ts';
import { takeSnapshot } from './takeSnapshot.ts';

export interface BackupSummary {
  snapshot: string;
  migration: string;
  rows: number;
  objects: { count: number; bytes: number };
  copied: { objects: number; bytes: number };
  missing: string[];
  differing: string[];
  removed: { snapshots: number; objects: number };
  seconds: number;
}

const lockSeconds = 60;
const unfinished = '.unfinished';
/** What was left of a killed one goes after so long. */
const abandonedHours = 7 * 24;

/**
 * Makes a backup: tables as of one moment, then the objects that they name. Until it is through, nothing is removed from the storage,
 * and the folder holds no sign of it that counts: its manifest comes last.
 */
export async function runBackup({ folder, keep }: BackupArguments, state: OpenState, screen: Screen, stopped: AbortSignal): Promise<BackupSummary> {
  const began = performance.now();
  const { authSecret } = state;
  if (authSecret === null) throw new UsageError('AUTH_SECRET is not set. Set it to what the API has.');
  openBackupFolder(folder);
  removeAbandoned(folder);
  const connection = await connectDatabase(state.databaseUrl, 'thaw-backup');
  const signal = AbortSignal.any([stopped, connection.lost]);
  const bucket = openBucket(state.s3);
  const work = path.join(folder, 'snapshots', `${nameOfMoment(new Date())}-${process.pid}${unfinished}`);
  try {
    await holdRemovals(connection.client);
    mkdirSync(work, { mode: 0o700 });
    const { named, ...tables } = await takeSnapshot(connection.client, work, signal);
    const rows = tables.tables.reduce((sum, { file }) => sum + file.lines, 0);
    screen.say(`database: ${formatCount(rows)} rows of ${tables.tables.length} tables, which name ${formatCount(named.length)} objects`);
    const { entries, copied, missing, differing } = await storeObjects(named, { bucket, folder, incoming: path.join(work, 'incoming'), screen, signal });
    const objects = { count: entries.length, bytes: entries.reduce((sum, { bytes, sha256 }) => sum + (sha256 === null ? 0 : bytes), 0) };
    const list = await packFile(Readable.from(entries.map(line)), objectsFile(work), signal);
    if (state.local !== null) writeFileSync(secretsFile(work), `${JSON.stringify(secretsOf(state.local, authSecret), null, 2)}\n`, { mode: 0o600, flush: true });
    const manifest: BackupManifest = {
      format: 'thaw-backup-1',
      ...tables,
      secret: fingerprint(authSecret),
      secrets: state.local !== null,
      objects: { ...objects, missing: missing.length, file: list },
    };
    signal.throwIfAborted();
    const snapshot = place(folder, work, manifest);
    const removed = keep === null ? { snapshots: 0, objects: 0 } : await pruneSnapshots(folder, keep);
    const seconds = (performance.now() - began) / 1000;
    screen.say(`objects: ${formatCount(objects.count)} (${formatBytes(objects.bytes)}), of which ${formatCount(copied.objects)} (${formatBytes(copied.bytes)}) were not here yet`);
    if (removed.snapshots > 0) screen.say(`removed ${removed.snapshots} older, and ${formatCount(removed.objects)} objects that only they named`);
    screen.say(`${snapshot} is whole, in ${formatDuration(seconds)}`);
    return { snapshot, migration: tables.migration.tag, rows, objects, copied, missing, differing, removed, seconds };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
    bucket.client.destroy();
    await connection.close();
  }
}

/** What the API and the dispatcher would remove from the storage they leave to a later sweep, for as long as this connection is there. */
async function holdRemovals(client: pg.Client): Promise<void> {
  try {
    await client.query(`set lock_timeout = '${lockSeconds}s'`);
    await client.query('select pg_advisory_lock($1)', [advisoryLocks.backup]);
  } catch (error) {
    if ((error as { code?: string }).code !== '55P03') throw error;
    throw new StackError('Another backup or restore of this database is under way. Begin again when it is through.');
  }
}

/** What a restore would refuse is not written. */
const line = (entry: ObjectEntry): Buffer => Buffer.from(`${JSON.stringify(objectEntry.parse(entry))}\n`);

/** The manifest, and then the folder's name: from there on it is a backup. */
function place(folder: string, work: string, manifest: BackupManifest): string {
  writeFileSync(manifestFile(work), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600, flush: true });
  syncFolder(work);
  const name = nameOfMoment(new Date(manifest.madeAt));
  const snapshot = snapshotFolder(folder, name);
  if (existsSync(snapshot)) throw new StackError(`There is a backup of this very moment already: ${snapshot}. Begin again.`);
  renameSync(work, snapshot);
  syncFolder(path.dirname(snapshot));
  return snapshot;
}

function removeAbandoned(folder: string): void {
  const all = path.join(folder, 'snapshots');
  for (const name of readdirSync(all)) {
    const age = Date.now() - (statSync(path.join(all, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (name.endsWith(unfinished) && age > abandonedHours * 3_600_000) rmSync(path.join(all, name), { recursive: true, force: true });
  }
}
