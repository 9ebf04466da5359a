import { inParallel } from '@thaw/api/storage/inParallel';
import { TransferMeter } from '@thaw/archive/transferMeter';
import { syncFolder } from '@thaw/formats/syncFolder';
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Screen } from '../demo/screen.ts';
import { showProgress } from '../upload/showProgress.ts';
import { transferLine } from '../upload/transferLine.ts';
import { objectFile } from './backupFolder.ts';
import type { ObjectEntry } from './manifest.ts';
import type { NamedObject } from './namedObjects.ts';
import { fetchObject, lanes, type Bucket } from './objectStore.ts';

export interface StoredObjects {
  entries: ObjectEntry[];
  copied: { objects: number; bytes: number };
  /** Keys that rows name and the storage does not have. */
  missing: string[];
  /** Keys under which the storage has other bytes than the row says: what it has was taken. */
  differing: string[];
}

export interface StoreOptions {
  bucket: Bucket;
  folder: string;
  /** For what is still arriving; on the same file system. */
  incoming: string;
  screen: Screen;
  signal: AbortSignal;
}

const isThere = (folder: string, { sha256, bytes }: Pick<NamedObject, 'sha256' | 'bytes'>): boolean => sha256 !== null && statSync(objectFile(folder, sha256), { throwIfNoEntry: false })?.size === bytes;

/** Copies the objects that the folder does not have yet. */
export async function storeObjects(named: readonly NamedObject[], { bucket, folder, incoming, screen, signal }: StoreOptions): Promise<StoredObjects> {
  const stored: StoredObjects = { entries: [], copied: { objects: 0, bytes: 0 }, missing: [], differing: [] };
  const wanted = named.filter((object) => {
    if (!isThere(folder, object)) return true;
    stored.entries.push({ key: object.key, bytes: object.bytes ?? 0, sha256: object.sha256 });
    return false;
  });
  const total = wanted.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const meter = new TransferMeter(total, 0, Date.now());
  const progress = showProgress(screen, (columns) => (total === 0 ? null : transferLine(meter, 'copying', Date.now(), columns)));
  const onBytes = (more: number): void => meter.set(Math.min(total, meter.bytes + more), Date.now());
  mkdirSync(incoming, { mode: 0o700 });
  try {
    await inParallel(wanted, lanes, async (object, index) => {
      const { key, bytes, sha256, optional } = object;
      const file = path.join(incoming, String(index));
      const found = await fetchObject(bucket, key, file, { signal, onBytes });
      if (found === null) {
        if (optional) return;
        stored.missing.push(key);
        stored.entries.push({ key, bytes: bytes ?? 0, sha256: null });
        return;
      }
      if ((sha256 !== null && found.sha256 !== sha256) || (bytes !== null && found.bytes !== bytes)) stored.differing.push(key);
      stored.entries.push({ key, ...found });
      const place = objectFile(folder, found.sha256);
      const isNew = !isThere(folder, found);
      mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
      renameSync(file, place);
      syncFolder(path.dirname(place));
      if (!isNew) return;
      stored.copied.objects++;
      stored.copied.bytes += found.bytes;
    });
  } finally {
    progress.stop();
  }
  rmSync(incoming, { recursive: true });
  stored.entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  return stored;
}
