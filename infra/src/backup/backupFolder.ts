import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../stack/stackError.ts';

/**
 * A folder of backups: `objects/ab/abcd...` holds each object of the storage once, under the SHA-256 of its bytes, and
 * `snapshots/TIME/` what one backup has of its own: manifest.json, tables/NAME.copy.zst, objects.ndjson.zst, and secrets.json
 * where the secrets were this machine's.
 */
const snapshotName = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;

export const objectFile = (folder: string, sha256: string): string => path.join(folder, 'objects', sha256.slice(0, 2), sha256);
export const snapshotFolder = (folder: string, name: string): string => path.join(folder, 'snapshots', name);
export const manifestFile = (snapshot: string): string => path.join(snapshot, 'manifest.json');
export const tableFile = (snapshot: string, table: string): string => path.join(snapshot, 'tables', `${table}.copy.zst`);
export const objectsFile = (snapshot: string): string => path.join(snapshot, 'objects.ndjson.zst');
export const secretsFile = (snapshot: string): string => path.join(snapshot, 'secrets.json');

/** Such as `2026-11-26T04-05-06.789Z`: sorts by time. */
export const nameOfMoment = (moment: Date): string => moment.toISOString().replaceAll(':', '-');

/** Of the backups that are whole, oldest first. */
export function listSnapshots(folder: string): string[] {
  const all = path.join(folder, 'snapshots');
  if (!existsSync(all)) return [];
  return readdirSync(all).filter((name) => snapshotName.test(name) && existsSync(manifestFile(path.join(all, name)))).sort();
}

/** What `--from` names: the newest backup of a folder, or one of `FOLDER/snapshots`. @throws UsageError */
export function findSnapshot(given: string): { folder: string; name: string } {
  const [inside, name] = [path.dirname(given), path.basename(given)];
  if (path.basename(inside) === 'snapshots' && snapshotName.test(name)) {
    if (existsSync(manifestFile(given))) return { folder: path.dirname(inside), name };
    throw new UsageError(`${given} is no whole backup: it has no manifest.json.`);
  }
  const newest = listSnapshots(given).at(-1);
  if (newest === undefined) throw new UsageError(`There is no whole backup in ${given}. Name a folder that "npm run backup -- --to" has written.`);
  return { folder: given, name: newest };
}

/** Makes what is missing, for its owner alone. @throws UsageError */
export function openBackupFolder(folder: string): void {
  try {
    const known = existsSync(folder) ? readdirSync(folder) : [];
    if (known.length > 0 && !known.includes('snapshots')) throw new UsageError(`${folder} holds other files and no backup. Name a new or an empty folder.`);
    for (const name of ['objects', 'snapshots']) mkdirSync(path.join(folder, name), { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`The folder ${folder} cannot be written to: ${(error as Error).message}.`);
  }
}
