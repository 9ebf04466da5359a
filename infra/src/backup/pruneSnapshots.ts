import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { listSnapshots, manifestFile, objectFile, snapshotFolder } from './backupFolder.ts';
import { readManifest } from './manifest.ts';
import { readObjectList } from './readObjectList.ts';

/** Removes all backups but the newest `keep`, and the objects that none of those names. @returns how many of each went */
export async function pruneSnapshots(folder: string, keep: number): Promise<{ snapshots: number; objects: number }> {
  const names = listSnapshots(folder);
  const [gone, kept] = [names.slice(0, -keep), names.slice(-keep)];
  if (gone.length === 0) return { snapshots: 0, objects: 0 };
  const needed = new Set<string>();
  for (const name of kept) {
    const snapshot = snapshotFolder(folder, name);
    for (const { sha256 } of await readObjectList(snapshot, readManifest(snapshot))) if (sha256 !== null) needed.add(sha256);
  }
  for (const name of gone) {
    // Without its manifest it counts as none, should this be cut off.
    rmSync(manifestFile(snapshotFolder(folder, name)));
    rmSync(snapshotFolder(folder, name), { recursive: true });
  }
  let objects = 0;
  for (const group of readdirSync(path.join(folder, 'objects'))) {
    for (const sha256 of readdirSync(path.join(folder, 'objects', group))) {
      if (needed.has(sha256) || !existsSync(objectFile(folder, sha256))) continue;
      rmSync(objectFile(folder, sha256));
      objects++;
    }
  }
  return { snapshots: gone.length, objects };
}
