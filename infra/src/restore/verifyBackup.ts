import { TransferMeter } from '@thaw/archive/transferMeter';
import { knownMigrations } from '@thaw/db/migrations';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { findSnapshot, objectFile, objectsFile, secretsFile, snapshotFolder, tableFile } from '../backup/backupFolder.ts';
import { readManifest, stateSecrets, type BackupManifest, type ObjectEntry, type StateSecrets } from '../backup/manifest.ts';
import { readObjectList } from '../backup/readObjectList.ts';
import type { Screen } from '../demo/screen.ts';
import { UsageError } from '../stack/stackError.ts';
import { showProgress } from '../upload/showProgress.ts';
import { transferLine } from '../upload/transferLine.ts';

/** A backup of which every byte has been read and found as it was written. */
export interface VerifiedBackup {
  folder: string;
  snapshot: string;
  manifest: BackupManifest;
  objects: ObjectEntry[];
  secrets: StateSecrets | null;
}

interface ExpectedFile {
  file: string;
  bytes: number;
  sha256: string;
}

const shownFaults = 10;

/** Reads a backup through. @throws UsageError where it is damaged, incomplete, or made by a newer version of Thaw */
export async function verifyBackup(from: string, screen: Screen, signal: AbortSignal): Promise<VerifiedBackup> {
  const { folder, name } = findSnapshot(from);
  const snapshot = snapshotFolder(folder, name);
  const manifest = readManifest(snapshot);
  requireKnown(manifest);
  const list: ExpectedFile = { file: objectsFile(snapshot), ...manifest.objects.file };
  const tables = manifest.tables.map((table) => ({ file: tableFile(snapshot, table.name), ...table.file }));
  await expectAll([list, ...tables], screen, signal);
  const objects = await readObjectList(snapshot, manifest);
  const bySha256 = new Map(objects.flatMap(({ sha256, bytes }) => (sha256 === null ? [] : [[sha256, bytes]])));
  await expectAll([...bySha256].map(([sha256, bytes]) => ({ file: objectFile(folder, sha256), bytes, sha256 })), screen, signal);
  return { folder, snapshot, manifest, objects, secrets: manifest.secrets ? readSecrets(snapshot) : null };
}

function requireKnown({ migration }: BackupManifest): void {
  const same = knownMigrations().find(({ tag }) => tag === migration.tag);
  if (same?.hash === migration.hash) return;
  throw new UsageError(`This backup is of a newer or another version of Thaw: its schema is ${migration.tag}, which this version does not have. Restore it with the version that made it, or a newer one.`);
}

async function expectAll(files: readonly ExpectedFile[], screen: Screen, signal: AbortSignal): Promise<void> {
  const meter = new TransferMeter(files.reduce((sum, { bytes }) => sum + bytes, 0), 0, Date.now());
  const progress = showProgress(screen, (columns) => transferLine(meter, 'checking', Date.now(), columns));
  const faults: string[] = [];
  try {
    let before = 0;
    for (const expected of files) {
      const fault = await faultIn(expected, signal, (bytes) => meter.set(before + bytes, Date.now()));
      if (fault !== null) faults.push(`  ${expected.file} ${fault}`);
      before += expected.bytes;
    }
  } finally {
    progress.stop();
  }
  if (faults.length === 0) return;
  const more = faults.length > shownFaults ? [`  and ${faults.length - shownFaults} more`] : [];
  throw new UsageError(['The backup is damaged:', ...faults.slice(0, shownFaults), ...more, 'Take another one, or have the storage that it was copied to give it back whole.'].join('\n'));
}

async function faultIn({ file, bytes, sha256 }: ExpectedFile, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<string | null> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return 'is missing';
  if (!found.isFile()) return 'is no file';
  if (found.size !== bytes) return `has ${found.size} bytes instead of ${bytes}`;
  const hash = createHash('sha256');
  let read = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20, signal }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    onBytes((read += chunk.length));
  }
  return hash.digest('hex') === sha256 ? null : 'has other contents';
}

function readSecrets(snapshot: string): StateSecrets {
  const file = secretsFile(snapshot);
  if (!existsSync(file)) throw new UsageError(`The backup is damaged: ${path.basename(file)} is missing in ${snapshot}.`);
  try {
    return stateSecrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UsageError(`The backup is damaged: ${file} cannot be read.`);
  }
}
