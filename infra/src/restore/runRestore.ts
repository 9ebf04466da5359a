import { migrate } from '@thaw/db/migrate';
import { advisoryLocks } from '@thaw/db/advisoryLocks';
import { connectDatabase } from '../backup/connectDatabase.ts';
import { openBucket } from '../backup/objectStore.ts';
import type { OpenState } from '../backup/openState.ts';
import { formatBytes, formatCount, formatDuration } from '../demo/formatNumbers.ts';
import type { Screen } from '../demo/screen.ts';
import { proveWritable } from '../stack/objectStorage.ts';
import { StackError, UsageError } from '../stack/stackError.ts';
import { chooseSecret } from './chooseSecret.ts';
import { loadTables, type Loaded } from './loadTables.ts';
import { putObjects } from './putObjects.ts';
import { requireEmptyDatabase, requireEmptyStorage } from './requireEmpty.ts';
import { contentsOf, verifyBackup, type BackupContents, type OpenBackup } from './verifyBackup.ts';

export interface RestoreSummary extends BackupContents, Loaded {
  seconds: number;
}

/**
 * Puts a backup into an empty database and bucket: the schema as it was, then the objects, then all rows at once, so that no row ever names
 * what is not there, and at last the newest schema. Cut off before the rows, the same command goes on; the rows are there whole or not at all.
 * @throws UsageError, with nothing changed, where anything is there already, AUTH_SECRET is another or the backup is damaged
 */
export async function runRestore(backup: OpenBackup, state: OpenState, { newSecret }: { newSecret: boolean }, screen: Screen, stopped: AbortSignal): Promise<RestoreSummary> {
  const began = performance.now();
  const { manifest, folder, secrets } = backup;
  const authSecret = chooseSecret(backup, { given: state.authSecret, local: state.local !== null, newSecret });
  const connection = await connectDatabase(state.databaseUrl, 'thaw-restore');
  const signal = AbortSignal.any([stopped, connection.lost]);
  const bucket = openBucket(state.s3);
  try {
    const { rows } = await connection.client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [advisoryLocks.backup]);
    if (rows[0]?.alone !== true) throw new StackError('Another backup or restore of this database is under way. Begin again when it is through.');
    await requireEmptyDatabase(connection.client, manifest);
    const there = await requireEmptyStorage(bucket, backup.objects, signal);
    await verifyBackup(backup, screen, signal);
    await proveWritable(state.s3).catch((error: unknown) => {
      throw new StackError(`The storage at ${state.s3.endpoint} takes no object into the bucket ${state.s3.bucket}: ${error instanceof Error ? error.message || error.name : String(error)}.`);
    });
    await migrate(state.databaseUrl, { through: manifest.migration.tag });
    if (state.local !== null) state.local.saveSecrets({ ...secrets, ...(authSecret !== null && { authSecret }) });
    if (there.size > 0) screen.say(`${formatCount(there.size)} objects are there from a restore that was cut off`);
    await putObjects(folder, backup.objects.filter(({ key }) => !there.has(key)), { bucket, screen, signal });
    const loaded = await loadTables(connection.client, backup, signal);
    await migrate(state.databaseUrl);
    const seconds = (performance.now() - began) / 1000;
    const contents = contentsOf(backup);
    screen.say(`restored ${formatCount(loaded.rows)} rows and ${formatCount(contents.objects)} objects (${formatBytes(contents.bytes)}) in ${formatDuration(seconds)}, as of ${contents.madeAt}`);
    for (const line of remarks(loaded)) screen.say(line);
    return { ...contents, ...loaded, seconds };
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error);
  } finally {
    bucket.client.destroy();
    await connection.close();
  }
}

function remarks({ checkpointsLeftOut, uploadsDropped }: Loaded): string[] {
  const lines = [];
  if (checkpointsLeftOut > 0) lines.push(`${checkpointsLeftOut} checkpoints were not whole when the backup was made: they are left out, and their runs go on from an older one.`);
  if (uploadsDropped > 0) lines.push(`${uploadsDropped} uploads were under way: they have to be begun anew.`);
  return lines;
}

/** The database refuses what a whole backup never holds. */
function explain(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || !/^(22|23|42)/.test(code)) return error;
  return new UsageError(`The database does not take the rows of this backup (${error instanceof Error ? error.message : code}). Nothing of them is left in it.`);
}
